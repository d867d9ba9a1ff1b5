"""The state of one journey: facts absorbed and memory of what was done. It holds no personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from domain.cases import Answer, Appointment, Call, Incident, Plan, Refund, Remission
from domain.headcount import Crossing, Headcount
from domain.meetings import Registration
from domain.newsletters import Newsletter
from domain.payments import Bounce, Payment, Since, total
from domain.promises import Commitment


class Phase(StrEnum):
    """Where a journey stands; ``candidate`` has an account but did not enrol (ENR-1)."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    NOTICE = "notice"
    CLOSED = "closed"


RUNNING: tuple[Phase, ...] = (Phase.ACTIVE, Phase.NOTICE)
"""The phases of an open journey."""


class CloseReason(StrEnum):
    """Why a journey ended (EXT-3, EXT-5)."""

    TERM = "term"
    ACCOUNT_CLOSED = "account_closed"
    PROCEDURE = "procedure"
    DECLINED = "declined"


class Channel(StrEnum):
    """How a message travels (COM-1)."""

    SMS = "sms"
    MAIL = "mail"

    @property
    def other(self) -> Channel:
        """The channel tried when this one fails (COM-3)."""
        return Channel.MAIL if self is Channel.SMS else Channel.SMS


@dataclass(frozen=True)
class Correction:
    """Details that were put right, to be told once (ENR-5); as ``domain.facts.ContactCorrected``."""

    id: str
    at: datetime
    by: str
    channels: tuple[Channel, ...]
    proven: bool


@dataclass(frozen=True)
class Proposal:
    """Addresses that a code is to be sent to (ENR-5)."""

    id: str
    at: datetime
    channels: tuple[Channel, ...]


class Health(StrEnum):
    """What is known of an address.

    ``refused`` is a STOP registered by the carrier, ``voice`` a telephone that takes calls alone.
    """

    ABSENT = "absent"
    OK = "ok"
    BAD = "bad"
    REFUSED = "refused"
    VOICE = "voice"


@dataclass(frozen=True)
class Told:
    """What the enterprise was last told of a due date: the ``amount`` stated, less what was already ``paid``."""

    due_on: date
    amount: Decimal | None
    at: datetime
    corrections: int = 0
    paid: Decimal = Decimal(0)

    @property
    def said(self) -> Decimal | None:
        """The amount written to the enterprise, ``None`` when none was."""
        return None if self.amount is None else max(self.amount - self.paid, Decimal(0))


@dataclass(frozen=True)
class Contribution:
    """Contributions of one account and period, as stated and paid; amounts in euros."""

    account: str
    period: str
    due_on: date | None = None
    amount: Decimal | None = None
    employee_share: Decimal | None = None
    stated_at: datetime | None = None
    stated_by: str | None = None
    payments: tuple[Payment, ...] = ()
    told: Told | None = None
    bounces: tuple[Bounce, ...] = ()

    def received(self, since: Since | None = None) -> Decimal:
        """All that was told as paid since what is missing was said, what bounced included."""
        return total(it for it in self.payments if since is None or since.counts(it))

    @cached_property
    def paid(self) -> Decimal:
        """All that was really paid."""
        return self.paid_since()

    def since(self, at: datetime) -> Since:
        """From when payments count on what was said missing at that instant."""
        return Since.said(at, bounded=self.amount is not None)

    def paid_since(self, since: Since | None = None, before: Decimal = Decimal(0)) -> Decimal:
        """What was really paid since what is missing was said, beyond what was received ``before``."""
        counted = [it for it in self.payments if since is None or since.counts(it)]
        gone = Decimal(0)
        for bounce in self.bounces:
            then = self.since(bounce.at)
            gone += bounce.out_of(total(it for it in counted if not then.counts(it)) - before - gone)
        return max(total(counted) - before - gone, Decimal(0))

    @property
    def key(self) -> str:
        """Identity inside a journey."""
        return f"{self.account}/{self.period}"

    @property
    def left(self) -> Decimal | None:
        """What is left to pay, ``None`` while the amount is unknown."""
        return None if self.amount is None else max(self.amount - self.paid, Decimal(0))

    @property
    def settled(self) -> bool:
        """Nothing is left to pay: paid in full, paid while the amount was unknown, or a period of zero (REM-3)."""
        return self.paid > 0 if self.amount is None else self.paid >= self.amount


@dataclass(frozen=True)
class Failure:
    """A message that could not reach the enterprise, waiting for the rules to react (COM-3)."""

    subject: str
    failed: tuple[Channel, ...]
    tried: tuple[Channel, ...]
    critical: bool
    at: datetime
    retry: Channel | None = None


@dataclass(frozen=True)
class Closing:
    """An early end stated by Urssaf's systems or by the enterprise (EXT-5)."""

    reason: CloseReason
    on: date
    event_id: str


@dataclass(frozen=True)
class Transfer:
    """Another organisation takes the journey over on a day (EXT-5)."""

    to_organisation: str
    on: date
    event_id: str


@dataclass(frozen=True)
class Unannounced:
    """A change of referent the enterprise was not told of: who followed it as it last knew, why, since when (ENR-3)."""

    former: str | None
    reason: str
    since: datetime


@dataclass(frozen=True)
class Work:
    """A task that no agent has ended: the rule that opened it, in which words, about what, and whether that is over."""

    rule: str
    summary: str
    about: str
    over: bool = False


@dataclass(frozen=True)
class Journey:
    """One accompaniment of one enterprise. ``done`` maps the key of each duty carried out to its instant.

    ``declared``: the day each declaration was received, by ``account/period``. ``low_marks``: out of 5, and when, by
    the moment of the survey.
    ``policy_awaited``: the newer policy of its organisation and since when a step of the journey knows of it (POL-2).
    """

    siren: str
    organisation: str
    account: str
    opened_on: date
    announced_at: datetime
    headcount: int = 0
    headcount_at_opening: int = 0
    naf: str = ""
    quarterly: bool = False
    first_hire_on: date | None = None
    staffed_on: date | None = None
    accountant: bool = False
    mail: Health = Health.ABSENT
    sms: Health = Health.ABSENT
    opt_outs: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    phase: Phase = Phase.CANDIDATE
    started_at: datetime | None = None
    referent: str | None = None
    former_referent: str | None = None
    referent_wanted: str | None = None
    referent_target: str | None = None
    referent_changes: int = 0
    referent_unannounced: Unannounced | None = None
    extensions: int = 0
    resumed_on: date | None = None
    resumed_until: date | None = None
    closing: Closing | None = None
    procedure_on: date | None = None
    transfer: Transfer | None = None
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    contributions: dict[str, Contribution] = field(default_factory=dict)
    declared: dict[str, date] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    newsletters: dict[str, Newsletter] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    remissions: dict[str, Remission] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    proceedings: dict[str, str] = field(default_factory=dict)
    other_accounts: tuple[str, ...] = ()
    low_marks: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    crossings: tuple[Crossing, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    failures: tuple[Failure, ...] = ()
    tasks: dict[str, Work] = field(default_factory=dict)
    policy_version: str = ""
    policy_awaited: tuple[str, datetime] | None = None
    last_step_at: datetime | None = None
    done: dict[str, datetime] = field(default_factory=dict)
    as_of: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    corrected_at: datetime | None = None
    corrections: tuple[Correction, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def is_open(self) -> bool:
        """The journey runs."""
        return self.phase in RUNNING

    @property
    def hired_on(self) -> date:
        """The first hire: as the opening states it, else the first headcount of a firm opened without employee."""
        staffed_on = self.staffed_on if self.headcount_at_opening == 0 else None
        return self.first_hire_on or staffed_on or self.opened_on

    def health(self, channel: Channel) -> Health:
        """What is known of the enterprise's address on this channel."""
        return self.sms if channel is Channel.SMS else self.mail

    def but(self, **changes: Any) -> Journey:
        """As ``dataclasses.replace``, in a tenth of its time: a step changes a journey of forty fields many times."""
        changed = object.__new__(Journey)
        changed.__dict__.update(self.__dict__)
        changed.__dict__.update(changes)
        return changed

    def with_health(self, channel: Channel, health: Health) -> Journey:
        """The same journey with another state of one address."""
        return self.but(sms=health) if channel is Channel.SMS else self.but(mail=health)

    def opted_out(self, channel: Channel, purpose: str) -> bool:
        """The enterprise refused this purpose on this channel (COM-1)."""
        return f"{channel}:{purpose}" in self.opt_outs

    def contribution(self, account: str, period: str) -> Contribution:
        """What is known of one account and period, empty when nothing is."""
        return self.contributions.get(f"{account}/{period}") or Contribution(account, period)

    def with_contribution(self, contribution: Contribution) -> Journey:
        """The same journey with one contribution replaced."""
        return self.but(contributions={**self.contributions, contribution.key: contribution})

    def with_incident(self, incident: Incident) -> Journey:
        """The same journey with one incident added or replaced."""
        return self.but(incidents={**self.incidents, incident.id: incident})

    def with_plan(self, plan: Plan) -> Journey:
        """The same journey with one plan added or replaced."""
        return self.but(plans={**self.plans, plan.id: plan})

    def with_appointment(self, appointment: Appointment) -> Journey:
        """The same journey with one appointment added or replaced."""
        return self.but(appointments={**self.appointments, appointment.id: appointment})

    def with_commitment(self, commitment: Commitment) -> Journey:
        """The same journey with one commitment added or replaced."""
        return self.but(commitments={**self.commitments, commitment.id: commitment})

    def without_task(self, key: str) -> Journey:
        """The same journey, that task ended."""
        return self.but(tasks={known: work for known, work in self.tasks.items() if known != key})

    def is_newest(self, slot: str, at: datetime, event_id: str) -> bool:
        """No later event has already written this slot; ties are settled by id so that order never matters."""
        return slot not in self.as_of or (at, event_id) >= tuple(self.as_of[slot])

    def stamped(self, slot: str, at: datetime, event_id: str) -> Journey:
        """The same journey, remembering which event last wrote a slot."""
        return self.but(as_of={**self.as_of, slot: (at, event_id)})
