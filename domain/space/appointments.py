"""SPC-3, SPC-4: the appointments ahead, and the answers that are owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cases import Appointment, Slot
from domain.promises import ANSWERS, Commitment
from domain.rules.appointments import KINDS
from domain.rules.mediation import MEDIATION
from domain.rules.plans import clock_of
from domain.rules.problems import PROBLEM
from domain.state import Journey

PLAN_ANSWER, REFUND = "plan_answer", "refund"
ASKED = {
    MEDIATION.rule: MEDIATION.words,
    PROBLEM.rule: PROBLEM.words,
    "INC-11": "remboursement",
    "PLN-4": "demande de délai de paiement",
}
"""What an answer is owed to, in French, after « votre »."""


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
    """An answer promised by an instant; its clock is stopped while ``paused``."""

    id: str
    words: str
    promised_at: datetime
    answer_by: datetime
    paused: bool


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
    """What the enterprise was promised an answer to and has none yet, the soonest first."""
    return tuple(sorted(_owed(journey), key=lambda it: it.answer_by))


def _owed(journey: Journey) -> Iterator[AnswerOwed]:
    pending = {clock_of(it) for it in journey.plans.values() if it.is_pending}
    for it in journey.commitments.values():
        if it.kind not in ANSWERS or it.met_at is not None:
            continue
        if it.is_owed or it.id in pending:
            yield AnswerOwed(it.id, _words(it), it.started_at, it.due_at, it.paused_at is not None)


def _words(it: Commitment) -> str:
    return ASKED.get(it.rule, "demande de rendez-vous")
