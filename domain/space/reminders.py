"""What was said of a due date or of an instalment, by which channel, and what was not (SPC-4, REM-2, REM-4, PLN-6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.effects import SendMessage
from domain.forecast import Upcoming
from domain.messages import CHOSEN, LEFT, OUT_OF_REACH
from domain.state import Channel

LEAVING_AS = ("queued", "sending")


class Why(StrEnum):
    """Why nothing is said by anybody."""

    CHOSEN = "chosen"
    OUT_OF_REACH = "out_of_reach"


class ReminderState(StrEnum):
    """Whether a reminder left, is about to, is expected, or is not to leave."""

    LEFT = "left"
    CORRECTED = "corrected"
    LEAVING = "leaving"
    EXPECTED = "expected"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class LetterRow:
    """One letter to the enterprise as the ledger has it: by one channel, what became of it, and why."""

    subject: str
    channel: Channel
    status: str
    reason: str | None
    sent_at: datetime | None


@dataclass(frozen=True)
class Reminder:
    """What can be said of a reminder: when it left or is expected and by which channels, or why it is not to leave."""

    state: ReminderState
    at: datetime | None = None
    channels: tuple[Channel, ...] = ()
    why: Why | None = None


def reminder_of(
    subject: str, letters: Sequence[LetterRow], ahead: Iterable[Upcoming], correction: str | None = None
) -> Reminder | None:
    """The reminder of a subject; ``correction`` begins the subjects of the letters that correct it (REM-4)."""
    rows = [it for it in letters if it.subject == subject]
    corrected = [it for it in letters if correction and it.subject.startswith(correction)]
    foreseen = (it for it in ahead if isinstance(it.effect, SendMessage) and it.effect.subject == subject)
    return (
        _left(rows, ReminderState.LEFT)
        or _leaving(rows)
        or _foreseen(next(foreseen, None))
        or _left(corrected, ReminderState.CORRECTED)
        or _withheld(rows)
    )


def _left(rows: Sequence[LetterRow], state: ReminderState) -> Reminder | None:
    left = [(it.sent_at, it) for it in rows if it.status in LEFT and it.sent_at is not None]
    if not left:
        return None
    at, newest = max(left, key=lambda it: it[0])
    channels = {it.channel for _, it in left if it.subject == newest.subject}
    return Reminder(state, at, _in_order(channels))


def _leaving(rows: Sequence[LetterRow]) -> Reminder | None:
    channels = {it.channel for it in rows if it.status in LEAVING_AS}
    return Reminder(ReminderState.LEAVING, channels=_in_order(channels)) if channels else None


def _foreseen(step: Upcoming | None) -> Reminder | None:
    if step is None:
        return None
    if step.channels:
        return Reminder(ReminderState.EXPECTED, step.at, _in_order(step.channels))
    return Reminder(ReminderState.WITHHELD, why=_why((step.withheld,)))


def _withheld(rows: Sequence[LetterRow]) -> Reminder | None:
    """Refused, or of no use: paid or corrected meanwhile, which the due date itself says."""
    why = _why(it.reason for it in rows)
    return Reminder(ReminderState.WITHHELD, why=why) if why else None


def _why(reasons: Iterable[str | None]) -> Why | None:
    found = {*reasons}
    if found.intersection(CHOSEN):
        return Why.CHOSEN
    return Why.OUT_OF_REACH if found.intersection(OUT_OF_REACH) else None


def _in_order(channels: Iterable[Channel]) -> tuple[Channel, ...]:
    found = {*channels}
    return tuple(it for it in Channel if it in found)
