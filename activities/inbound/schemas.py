"""The data of each event type of the public interface, validated once at the door and trusted afterwards.

Dates are ISO 8601, amounts euros with two decimals at most, written as decimal strings.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from domain import phones, texts
from domain.identifiers import account_as_written, account_number, parse_period

PREFIX = "fr.urssaf."
STORED = "stored"
"""The context of what passed the door once: it is read though the door has become stricter since."""

LONGEST_LINE = 200
ACCOUNT = re.compile("[0-9A-Z]{1,20}")


def _period(value: str) -> str:
    return str(parse_period(value))


def _line(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    return texts.mended_line(value) if info.context == STORED else texts.one_line(value)


def _legible(value: str, info: ValidationInfo) -> str:
    if info.context != STORED and not texts.is_seen(value):
        raise ValueError("nothing in it can be read: write at least one visible character")
    if info.context != STORED and len(value) > LONGEST_LINE:
        raise ValueError(f"write at most {LONGEST_LINE} characters")
    return value


def _mail(value: str, info: ValidationInfo) -> str:
    try:
        return texts.mail_address(value)
    except ValueError:
        if info.context == STORED:
            return value
        raise


def _account(value: str, info: ValidationInfo) -> str:
    if info.context != STORED and not ACCOUNT.fullmatch(account_number(value)):
        raise ValueError("an account number has 1 to 20 digits or letters without accents, in groups or not")
    return account_as_written(value)


def _written_out(value: Decimal) -> Decimal:
    """The same amount without exponent, as people write it: ``1e3`` is 1000."""
    return Decimal(f"{value + 0:f}")


def _decimal_string(value: object) -> object:
    if isinstance(value, (bool, float)):
        raise ValueError('write amounts as decimal strings, for instance "1240.50"')
    return value


def _international(value: object, info: ValidationInfo) -> object:
    try:
        return phones.international(value) if isinstance(value, str) else value
    except ValueError:
        if info.context == STORED:
            return value
        raise


Words = Annotated[str, BeforeValidator(_line)]
"""One line that may be empty."""

Line = Annotated[Words, AfterValidator(_legible), Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_LINE})]
Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal_string),
    Field(ge=0, max_digits=14, decimal_places=2),
    AfterValidator(_written_out),
]
PeriodText = Annotated[str, AfterValidator(_period)]
Account = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(_account),
    Field(description="Blanks and case do not count.", examples=["117 000001234"]),
]
Organisation = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
Mail = Annotated[
    str, StringConstraints(max_length=300), AfterValidator(_mail), Field(json_schema_extra={"format": "email"})
]
"""An address as it may be copied: what stands around it is taken off."""

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
    naf: Annotated[Words, StringConstraints(max_length=10)] = ""
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


class RemissionDecided(PeriodData):
    """``remission.decided`` (INC-12); what is granted may be a part."""

    granted: StrictBool
    amount: Amount | None = None
    reason: Line | None = None


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
    "remission.decided": RemissionDecided,
    "audit.opened": Proceeding,
    "audit.closed": Proceeding,
    "appeal.opened": Proceeding,
    "appeal.closed": Proceeding,
    "procedure.opened": ProcedureOpened,
}
"""Event types without their prefix."""
