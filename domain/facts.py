"""What happened, as the rules see it: events from Urssaf's systems, from providers and from links. No personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.cases import Stage
from domain.meetings import Registration
from domain.state import Channel, CloseReason


@dataclass(frozen=True, kw_only=True)
class Fact:
    """``id`` is the event's id for the timeline, ``at`` when it happened, ``received_at`` when it was stored."""

    id: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Fact):
    """An employer's contributor account was opened (ENR-1); its contact's phone, if any, ``takes_sms`` or not."""

    siren: str
    organisation: str
    account: str
    opened_on: date
    headcount: int
    naf: str
    quarterly: bool
    first_hire_on: date | None
    accountant: bool
    has_mail: bool
    has_phone: bool
    takes_sms: bool = True


@dataclass(frozen=True, kw_only=True)
class AccountEnded(Fact):
    """The account closed, a collective procedure opened, or the enterprise declined (EXT-5)."""

    reason: CloseReason
    on: date
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class AccountTransferred(Fact):
    """Another organisation now owns the account (EXT-5)."""

    account: str
    to_organisation: str
    on: date


@dataclass(frozen=True, kw_only=True)
class ContactChanged(Fact):
    """New contact details of the enterprise; its phone, if any, ``takes_sms`` or not."""

    has_mail: bool
    has_phone: bool
    takes_sms: bool = True


@dataclass(frozen=True, kw_only=True)
class ContactCorrected(ContactChanged):
    """Details put right by somebody (ENR-5): ``by`` the enterprise, its accountant, or the agent of that name.

    ``channels``: those that have another address. ``proven``: whoever reads there answered a code.
    """

    by: str
    channels: tuple[Channel, ...]
    proven: bool


@dataclass(frozen=True, kw_only=True)
class AddressesProposed(Fact):
    """Addresses are used once their holder answered a code; one is sent to each of ``channels`` (ENR-5)."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, kw_only=True)
class ContactConfirmed(Fact):
    """The enterprise confirmed its contact details (ENR-5)."""


@dataclass(frozen=True, kw_only=True)
class PreferencesChosen(Fact):
    """The enterprise chose what it receives; ``opt_outs`` is the whole new choice (COM-1)."""

    opt_outs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ChannelRefused(Fact):
    """STOP or unsubscribe, learnt from a provider (COM-1)."""

    channel: Channel


@dataclass(frozen=True, kw_only=True)
class AccountantChanged(Fact):
    """An accountant was appointed or dismissed."""

    appointed: bool


@dataclass(frozen=True, kw_only=True)
class HeadcountChanged(Fact):
    """A new headcount (THR-1)."""

    headcount: int
    on: date


@dataclass(frozen=True, kw_only=True)
class ContributionDue(Fact):
    """A due date and its amount in euros, ``None`` while unknown (REM-1)."""

    account: str
    period: str
    due_on: date
    amount: Decimal | None
    employee_share: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentReceived(Fact):
    """A payment in euros for an account and period (REM-3)."""

    account: str
    period: str
    amount: Decimal
    received_on: date


@dataclass(frozen=True, kw_only=True)
class DeclarationReceived(Fact):
    """The declaration (DSN) of an account and period is there."""

    account: str
    period: str
    received_on: date


@dataclass(frozen=True, kw_only=True)
class IncidentDetected(Fact):
    """Urssaf's systems saw an incident (INC-1); ``amount`` in euros, what was missing then."""

    account: str
    period: str
    kind: str
    amount: Decimal | None
    employee_share: Decimal | None
    due_on: date


@dataclass(frozen=True, kw_only=True)
class IncidentCancelled(Fact):
    """Urssaf's systems take an incident back (INC-7)."""

    account: str
    period: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecoveryServed(Fact):
    """A formal notice or a writ reached the enterprise (INC-10)."""

    stage: Stage
    account: str
    period: str
    amount: Decimal
    served_on: date
    reply_by: date


@dataclass(frozen=True, kw_only=True)
class RefundOwed(Fact):
    """A refund is owed, or a payment came twice (INC-11)."""

    doubled: bool
    account: str
    period: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class RemissionDecided(Fact):
    """Urssaf decided on the remission of a period's majorations (INC-12); ``amount`` in euros, ``None`` when unsaid."""

    account: str
    period: str
    granted: bool
    amount: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ProceedingChanged(Fact):
    """An audit or an appeal opened or closed (MED-1); ``proceeding`` is ``audit`` or ``appeal``."""

    proceeding: str
    reference: str
    opened: bool
    on: date


@dataclass(frozen=True, kw_only=True)
class DeliveryFailed(Fact):
    """A message did not reach the enterprise: the channels that failed and all that were tried (COM-3).

    ``retry`` is a channel worth one more attempt.
    """

    subject: str
    channel: Channel
    failed: tuple[Channel, ...]
    tried: tuple[Channel, ...]
    contact_bad: bool
    critical: bool
    retry: Channel | None = None


@dataclass(frozen=True, kw_only=True)
class AddressFailed(Fact):
    """An address takes no mail any more, whatever letter this was said of (COM-3)."""

    channel: Channel


@dataclass(frozen=True, kw_only=True)
class DeliveryProved(Fact):
    """A receipt proved that an address works (COM-3)."""

    channel: Channel


@dataclass(frozen=True, kw_only=True)
class ReferentLeaving(Fact):
    """The referent leaves: ``departure``, ``absence``, ``reorganisation`` (ENR-3); ``to`` takes over, if there then.

    ``undone``: a hand-over is taken back, ``agent`` follows again.
    """

    agent: str
    reason: str
    to: str | None = None


@dataclass(frozen=True, kw_only=True)
class AgentsAvailable(Fact):
    """The organisation has a trained agent at last (ENR-3)."""


@dataclass(frozen=True, kw_only=True)
class SlotFreed(Fact):
    """A slot is free again or new, and this ``appointment`` is the first of those that wait (APT-2)."""

    appointment: str


@dataclass(frozen=True, kw_only=True)
class SlotAttendance(Fact):
    """The agent of a booked ``slot`` became absent that day, or is back (APT-2)."""

    slot: str
    attended: bool


@dataclass(frozen=True, kw_only=True)
class TaskDone(Fact):
    """An agent ended the task of that ``key`` (SVC-1); ``outcome`` as the agent said it.

    ``again_by``: when to have called again, chosen by the agent whose call reached nobody (INC-3).
    """

    key: str
    outcome: str | None = None
    again_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RegistrationChanged(Fact):
    """The enterprise has a place in a meeting, gave it up, or the meeting changed (APT-5)."""

    registration: Registration


@dataclass(frozen=True, kw_only=True)
class ClientsAsked(Fact):
    """The accountant asks for the page of all his or her clients (COM-6)."""


@dataclass(frozen=True, kw_only=True)
class NewsletterPublished(Fact):
    """An issue of the newsletter is for the enterprise (REG-1)."""

    newsletter: str
    title: str


@dataclass(frozen=True, kw_only=True)
class SurveyAnswered(Fact):
    """What the enterprise thinks of a moment (SAT-1): ``satisfaction`` from 1 to 5."""

    moment: str
    satisfaction: int


@dataclass(frozen=True, kw_only=True)
class AnswerLeft(Fact):
    """The letter that answers a request has left (ASK-2)."""

    request: str
