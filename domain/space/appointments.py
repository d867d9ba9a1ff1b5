"""SPC-3, SPC-4: the appointments ahead, and the answers that are owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cases import Appointment, Slot
from domain.rules.answers import WORDS, is_answered, requests_of
from domain.rules.appointments import KINDS
from domain.state import Journey


@dataclass(frozen=True)
class AppointmentLine:
    """An appointment to choose until ``offer_until``, or booked on a slot; ``label`` names it in French.

    ``format``: a key of ``MEANS``. ``unattended``: the agent of its slot is known to be away.
    """

    id: str
    label: str
    offer_until: datetime | None
    slot: Slot | None
    format: str | None
    sequence: int
    unattended: bool

    @property
    def is_booked(self) -> bool:
        """A slot is held for it."""
        return self.slot is not None


@dataclass(frozen=True)
class AnswerOwed:
    """An answer promised by an instant, to what ``words`` names in French."""

    id: str
    words: str
    answer_by: datetime


def appointments(journey: Journey, now: datetime) -> tuple[AppointmentLine, ...]:
    """Those booked that are not over yet, by date, then those offered."""
    ahead = (it for it in journey.appointments.values() if _is_ahead(it, now))
    return tuple(_line(it) for it in sorted(ahead, key=_order))


def _is_ahead(it: Appointment, now: datetime) -> bool:
    if it.is_offered:
        return it.offer_until is None or it.offer_until > now
    return it.is_booked and it.slot is not None and it.slot.starts_at + timedelta(minutes=it.slot.minutes) > now


def _order(it: Appointment) -> tuple[bool, datetime, str]:
    return it.slot is None, it.slot.starts_at if it.slot else it.offered_at, it.id


def _line(it: Appointment) -> AppointmentLine:
    return AppointmentLine(
        id=it.id,
        label=KINDS[it.kind].label,
        offer_until=it.offer_until if it.is_offered else None,
        slot=it.slot if it.is_booked else None,
        format=it.format,
        sequence=it.sequence,
        unattended=it.unattended_since is not None,
    )


def answers_owed(journey: Journey) -> tuple[AnswerOwed, ...]:
    """What was asked and has no answer yet, plans apart, the soonest first (ASK-2)."""
    return tuple(sorted(_owed(journey), key=lambda it: it.answer_by))


def _owed(journey: Journey) -> Iterator[AnswerOwed]:
    for asked in requests_of(journey):
        promised = asked.commitment
        if promised and promised.paused_at is None and not is_answered(journey, asked):
            yield AnswerOwed(asked.id, WORDS[asked.kind], promised.due_at)
