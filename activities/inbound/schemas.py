"""The data of each event type of the public interface, validated once at the door and trusted afterwards.

Dates are ISO 8601, amounts euros with two decimals at most, written as decimal strings.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from domain import phones
from domain.identifiers import parse_period

PREFIX = "fr.urssaf."


def _period(value: str) -> str:
    return str(parse_period(value))


def _printable(value: str) -> str:
    if any(not char.isprintable() for char in value):
        raise ValueError("control characters are not allowed: send printable text")
    return value


def _decimal_string(value: object) -> object:
    if isinstance(value, (bool, float)):
        raise ValueError('write amounts as decimal strings, for instance "1240.50"')
    return value


def _international(value: object) -> object:
    return phones.international(value) if isinstance(value, str) else value


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Amount = Annotated[Decimal, BeforeValidator(_decimal_string), Field(ge=0, max_digits=14, decimal_places=2)]
PeriodText = Annotated[str, AfterValidator(_period)]
Account = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z ]{1,20}$")]
Organisation = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
Mail = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254), AfterValidator(_printable)
]
Phone = Annotated[str, BeforeValidator(_international), StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Headcount = Annotated[int, Field(ge=0, le=1_000_000)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2090, 12, 31))]


class EventData(BaseModel):
    """Base of all: unknown fields are kept out with a clear error rather than lost in silence."""

    # What is wrong with stored data ends in logs and histories: by its place, never by its words.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Contact(EventData):
    """A person to write to; each way to reach them may be missing."""

    name: Line
    email: Mail | None = None
    phone: Phone | None = None


class AccountOpened(EventData):
    """``account.opened``."""

    organisation: Organisation
    account: Account
    opened_on: Day
    name: Line
    headcount: Headcount
    naf: Annotated[str, StringConstraints(max_length=10), AfterValidator(_printable)] = ""
    periodicity: Literal["monthly", "quarterly"] = "monthly"
    contact: Contact
    accountant: Contact | None = None
    first_hire_on: Day | None = None


class AccountClosed(EventData):
    """``account.closed``."""

    account: Account
    closed_on: Day
    reason: Literal["cessation", "liquidation", "other"]


class AccountTransferred(EventData):
    """``account.transferred``."""

    account: Account
    to_organisation: Organisation
    on: Day


class ContactChanged(EventData):
    """``contact.changed``."""

    contact: Contact


class AccountantAppointed(EventData):
    """``accountant.appointed``."""

    accountant: Contact


class AccountantDismissed(EventData):
    """``accountant.dismissed``."""

    accountant: Contact | None = None


class HeadcountChanged(EventData):
    """``headcount.changed``."""

    headcount: Headcount
    on: Day


class PeriodData(EventData):
    """What is about one account and period."""

    account: Account
    period: PeriodText


class ContributionDue(PeriodData):
    """``contribution.due``; the amount is null while unknown."""

    due_on: Day
    amount: Amount | None = None
    employee_share: Amount | None = None

    @model_validator(mode="after")
    def _share_within_amount(self) -> ContributionDue:
        if self.amount is not None and self.employee_share is not None and self.employee_share > self.amount:
            raise ValueError("employee_share is larger than amount: it is a part of it")
        return self


class PaymentReceived(PeriodData):
    """``payment.received``."""

    amount: Annotated[Amount, Field(gt=0)]
    received_on: Day


class DeclarationReceived(PeriodData):
    """``declaration.received``."""

    received_on: Day


class IncidentDetected(PeriodData):
    """``incident.detected`` (INC-1)."""

    kind: Literal["unpaid", "debit_rejected", "partial_payment", "undeclared", "dsn_technical"]
    amount: Amount | None = None
    employee_share: Amount | None = None
    due_on: Day


class IncidentCancelled(PeriodData):
    """``incident.cancelled``."""

    reason: Line


class RecoveryServed(PeriodData):
    """``notice.served`` and ``writ.served``."""

    amount: Amount
    served_on: Day
    reply_by: Day


class Refund(PeriodData):
    """``refund.owed`` and ``payment.doubled``."""

    amount: Amount


class Proceeding(EventData):
    """``audit.*`` and ``appeal.*``."""

    reference: Line
    on: Day


class ProcedureOpened(EventData):
    """``procedure.opened``."""

    kind: Literal["safeguard", "receivership", "liquidation"]
    on: Day


EVENT_TYPES: dict[str, type[EventData]] = {
    "account.opened": AccountOpened,
    "account.closed": AccountClosed,
    "account.transferred": AccountTransferred,
    "contact.changed": ContactChanged,
    "accountant.appointed": AccountantAppointed,
    "accountant.dismissed": AccountantDismissed,
    "headcount.changed": HeadcountChanged,
    "contribution.due": ContributionDue,
    "payment.received": PaymentReceived,
    "declaration.received": DeclarationReceived,
    "incident.detected": IncidentDetected,
    "incident.cancelled": IncidentCancelled,
    "notice.served": RecoveryServed,
    "writ.served": RecoveryServed,
    "refund.owed": Refund,
    "payment.doubled": Refund,
    "audit.opened": Proceeding,
    "audit.closed": Proceeding,
    "appeal.opened": Proceeding,
    "appeal.closed": Proceeding,
    "procedure.opened": ProcedureOpened,
}
"""Event types without their prefix."""
