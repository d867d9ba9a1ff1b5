"""The cases of a journey: incidents, payment plans, appointments, and the commitments measured on each of them.

Amounts are euros. No personal data: what somebody wrote stands in the database, under the ``note`` ids kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from domain.payments import Since


class IncidentStatus(StrEnum):
    """Where an incident stands (INC-7)."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    PLANNED = "planned"
    HANDED_OVER = "handed_over"


ANNOUNCED = "difficulty_announced"


class Stage(StrEnum):
    """How far recovery has gone, as Urssaf's core systems say (INC-10)."""

    AMICABLE = "amicable"
    NOTICE = "notice"
    WRIT = "writ"


@dataclass(frozen=True)
class Served:
    """A formal notice or a writ, with the day its legal delay ends."""

    stage: Stage
    amount: Decimal
    served_on: date
    reply_by: date
    event_id: str
    at: datetime
    noticed_at: datetime


class Occurrence(NamedTuple):
    """A time at which a period became a difficulty; ``rank``: 0 when it opened, then each plan that broke."""

    at: datetime
    incident: str
    period: str
    rank: int


@dataclass(frozen=True)
class Incident:
    """One difficulty on one account and period; what comes later for the same period updates it (INC-1).

    ``amount`` was missing at ``detected_at``, as Urssaf's newest word says; that word reached us at ``noticed_at``.
    ``changes`` counts its statuses. ``told_at``: the enterprise heard of it as it stands, ``contacted_at``: the last
    amicable contact attempted, ``moved_at``: the last hold that ended, ``holds``: how many began or ended,
    ``held_first_at``: when the days without a plan began to count, ``relapses``: each time a plan of it broke.
    ``paid_before`` was received when it was opened from inside; an event counts what was paid since it happened.
    ``opened_in_error``: by a plan that turned out to be kept, which is not counted (PLN-10).
    """

    id: str
    account: str
    period: str
    kind: str
    opened_at: datetime
    detected_at: datetime
    event_id: str | None = None
    amount: Decimal | None = None
    employee_share: Decimal | None = None
    due_on: date | None = None
    status: IncidentStatus = IncidentStatus.OPEN
    number: int = 0
    served: tuple[Served, ...] = ()
    promised_on: date | None = None
    cancelled_at: datetime | None = None
    closed_at: datetime | None = None
    hold: str | None = None
    held_since: datetime | None = None
    noticed_at: datetime | None = None
    changes: int = 0
    told_at: datetime | None = None
    contacted_at: datetime | None = None
    moved_at: datetime | None = None
    handed_over_at: datetime | None = None
    held_first_at: datetime | None = None
    holds: int = 0
    relapses: tuple[datetime, ...] = ()
    paid_before: Decimal | None = None
    notes: tuple[str, ...] = ()
    opened_in_error: bool = False

    @cached_property
    def key(self) -> str:
        """The key of its contribution."""
        return f"{self.account}/{self.period}"

    @cached_property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """The times at which it is counted as a difficulty, in order (INC-4)."""
        relapses = sorted({*self.relapses} - {self.opened_at})
        instants = [(0, self.opened_at), *enumerate(relapses, start=1)]
        counted = [(rank, at) for rank, at in instants if rank or not self.opened_in_error] or instants[:1]
        return tuple(Occurrence(at, self.id, self.period, rank) for rank, at in counted)

    @cached_property
    def announced(self) -> bool:
        """The enterprise said it would be in difficulty; Urssaf's systems saw nothing yet."""
        return self.kind == ANNOUNCED

    @property
    def is_open(self) -> bool:
        """It still asks for something: unpaid, or covered by a plan that runs."""
        return self.status in (IncidentStatus.OPEN, IncidentStatus.PLANNED)


@dataclass(frozen=True)
class Refund:
    """Money owed back to the enterprise, or paid twice by it (INC-11)."""

    id: str
    account: str
    period: str
    amount: Decimal
    doubled: bool
    noticed_at: datetime
    event_id: str


@dataclass(frozen=True)
class RemissionDecision:
    """One word of Urssaf on a remission; its reason stays with the event ``event_id``."""

    at: datetime
    event_id: str
    granted: bool
    amount: Decimal | None
    noticed_at: datetime


@dataclass(frozen=True)
class Remission:
    """The decisions on the majorations of one period, in the order they were taken (INC-12); ``id``: its incident's."""

    id: str
    account: str
    period: str
    decisions: tuple[RemissionDecision, ...]


@dataclass(frozen=True)
class Answer:
    """What was written to an enterprise that had asked (ASK-2); ``note``: the id of its text, ``by`` who answered."""

    request: str
    kind: str
    note: str
    at: datetime
    by: str
    left_at: datetime | None = None


@dataclass(frozen=True)
class Call:
    """A call that reached nobody: the rule that opened it, in which words, about what, and each attempt (INC-3).

    ``chosen``: after which attempts an agent chose when to have called again.
    """

    rule: str
    summary: str
    about: str
    attempts: tuple[datetime, ...] = ()
    chosen: tuple[tuple[datetime, datetime], ...] = ()


class PlanStatus(StrEnum):
    """Where a payment plan stands (PLN)."""

    REQUESTED = "requested"
    INCOMPLETE = "incomplete"
    COUNTERED = "countered"
    REFUSED = "refused"
    RUNNING = "running"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True)
class Instalment:
    """One payment of a plan."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Plan:
    """A payment plan asked for one account and period.

    ``paid_before`` was received when its instalments were drawn up, ``completed_at`` is when nothing was missing any
    more, ``reason`` the id of a note, ``withdrawn`` why it lost its object before an answer or before its end
    (``paid``, ``cancelled``). ``since`` is when Urssaf's systems said its debt, ``None`` where nobody but us did.
    ``unsaid``: it was withdrawn as paid, and no end of an incident tells it. ``outside``: what the period lacked
    beyond the debt when it was asked, ``None`` while nobody can tell. ``mends``: how often it broke for what had been
    paid in time, last seen at ``mended_at``.
    """

    id: str
    account: str
    period: str
    instalments: tuple[Instalment, ...]
    debt: Decimal
    requested_at: datetime
    requested_by: str
    status: PlanStatus = PlanStatus.REQUESTED
    employee_share: Decimal | None = None
    missing: tuple[str, ...] = ()
    counter: tuple[Instalment, ...] = ()
    counter_until: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    paid_before: Decimal = Decimal(0)
    ended_at: datetime | None = None
    incident_id: str | None = None
    completed_at: datetime | None = None
    replied_at: datetime | None = None
    withdrawn: str | None = None
    since: Since | None = None
    unsaid: bool = False
    outside: Decimal | None = None
    mends: int = 0
    mended_at: datetime | None = None

    @property
    def key(self) -> str:
        """The key of its contribution."""
        return f"{self.account}/{self.period}"

    @property
    def is_pending(self) -> bool:
        """An answer is awaited, from the organisation or from the enterprise."""
        return self.status in (PlanStatus.REQUESTED, PlanStatus.INCOMPLETE, PlanStatus.COUNTERED)


class AppointmentStatus(StrEnum):
    """Where an appointment stands (APT)."""

    OFFERED = "offered"
    BOOKED = "booked"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Slot:
    """A time an agent offers; ``formats`` among ``in_person``, ``phone``, ``video``, ``on_site``."""

    id: str
    agent: str
    starts_at: datetime
    minutes: int
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Appointment:
    """An appointment offered, then booked on a slot; ``sequence`` numbers its iCalendar versions.

    ``requested``: somebody asked for it, last at ``requested_at``; ``commitment`` is the id of the promise made with
    it. ``starved``: no free slot suits it, until one is freed at ``freed_at``. ``unattended_since``: the agent of its
    slot is known to be away. ``contracts``: what the enterprise says it signs; ``asks``: it wrote its questions.
    """

    id: str
    kind: str
    status: AppointmentStatus
    offered_at: datetime
    offer_until: datetime | None = None
    format: str | None = None
    slot: Slot | None = None
    sequence: int = 0
    subject: str | None = None
    offered_again: bool = False
    closed_at: datetime | None = None
    requested: bool = False
    requested_at: datetime | None = None
    commitment: str | None = None
    booked_at: datetime | None = None
    starved: bool = False
    freed_at: datetime | None = None
    unattended_since: datetime | None = None
    contracts: tuple[str, ...] = ()
    asks: bool = False

    @property
    def is_ahead(self) -> bool:
        """Offered or booked: the enterprise is about to meet somebody."""
        return self.status in (AppointmentStatus.OFFERED, AppointmentStatus.BOOKED)

    @property
    def is_offered(self) -> bool:
        """A slot is still to be chosen."""
        return self.status is AppointmentStatus.OFFERED

    @property
    def is_booked(self) -> bool:
        """A slot is held for it, and nobody said yet what came of it."""
        return self.status is AppointmentStatus.BOOKED

    def stands(self, now: datetime) -> bool:
        """To be taken, or booked for a time to come: one gone by keeps nobody from another."""
        return self.is_offered or (self.is_booked and self.slot is not None and self.slot.starts_at > now)
