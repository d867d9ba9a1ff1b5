"""What is answered about journeys. Amounts are euros as decimal strings, instants bear the organisation's offset."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.masking import Shown

Phase = Literal["active", "notice", "closed"]


class JourneySummary(BaseModel):
    """A line of the portfolio."""

    siren: str = Field(examples=["732829320"])
    name: str
    organisation: str
    referent: str | None
    phase: Phase
    opened_on: date
    ends_on: date
    extensions: int = Field(ge=0)
    has_accountant: bool
    headcount: int
    open_incident: bool
    close_reason: str | None
    version: int


class Journeys(BaseModel):
    """A page of the portfolio."""

    items: list[JourneySummary]
    next_cursor: str | None


class Incident(BaseModel):
    """A payment incident (INC-1)."""

    id: str
    account: str
    period: str
    kind: str
    status: Literal["open", "paid", "cancelled", "planned", "handed_over"]
    amount: Decimal | None
    paid: Decimal
    held: bool
    opened_at: datetime


class Instalment(BaseModel):
    """A dated part of a debt."""

    due_on: date
    amount: Decimal


class Plan(BaseModel):
    """A payment plan (PLN-1): `counter` is the organisation's proposal, `missing` what the enterprise still owes.

    `answer_by` is the promised instant; while the plan is `incomplete` its clock is stopped (PLN-3).
    """

    id: str
    account: str
    period: str
    status: Literal["requested", "incomplete", "countered", "refused", "running", "kept", "broken"]
    debt: Decimal
    instalments: list[Instalment]
    missing: list[str]
    counter: list[Instalment]
    counter_until: datetime | None
    requested_at: datetime
    answer_by: datetime | None
    decided_at: datetime | None


class Appointment(BaseModel):
    """An appointment (APT-1), with its slot once booked."""

    id: str
    kind: Literal["initial", "priority", "legal_security", "threshold", "other"]
    status: Literal["offered", "booked", "held", "missed", "cancelled", "expired"]
    format: str | None
    slot: str | None
    agent: str | None
    starts_at: datetime | None
    minutes: int | None
    offer_until: datetime | None


class Commitment(BaseModel):
    """A promise of one case and its clock (SVC-1); `breached` stays though it was kept late."""

    id: str
    kind: str
    rule: str
    subject: str
    status: Literal["running", "paused", "met", "breached"]
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None


class JourneyDetail(JourneySummary):
    """All that is known of a journey."""

    incidents: list[Incident] = []
    plans: list[Plan] = []
    appointments: list[Appointment] = []
    commitments: list[Commitment] = []


class UpcomingStep(BaseModel):
    """What will happen if nothing new arrives (WHY-2)."""

    at: datetime
    kind: str
    rule: str = Field(examples=["REM-2"])
    summary: str


class TimelineEntry(UpcomingStep):
    """What happened (WHY-1)."""

    event_id: str | None


class ReceiptBody(BaseModel):
    """What the provider says became of a message."""

    status: Literal["sent", "delivered", "failed"]
    code: str | None
    at: datetime


class MessageBody(BaseModel):
    """A message to the enterprise or its accountant; `reason` says why one was dropped or failed.

    Signed links and codes of `title` and `text` are masked.
    """

    id: UUID
    channel: Literal["sms", "mail"]
    template: str
    to: str | None
    title: Shown | None
    text: Shown | None
    status: Literal["queued", "sent", "delivered", "failed", "unknown", "dropped"]
    sent_at: datetime | None
    receipts: list[ReceiptBody]
    rule: str
    subject: str
    recipient: Literal["enterprise", "accountant", "proposed"]
    reason: str | None


class Extension(BaseModel):
    """The new end (EXT-2)."""

    ends_on: date
    extensions: int
