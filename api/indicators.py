"""Indicators of an organisation over a period (KPI)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, computed_field
from sqlalchemy import RowMapping

from activities.inbound.schemas import Day
from api.auth import Reader
from api.instants import end_of, first_of
from api.problems import documented
from api.services import Service
from db import indicators
from db.indicators import Span
from db.tenancy import as_organisation
from domain.measures import share

router = APIRouter(prefix="/v1/indicators", tags=["indicators"])
SINCE, UNTIL = date(2000, 1, 1), date(2098, 12, 31)


class Requests(BaseModel):
    """Requests of one motive received in the period, and the answers promised on them."""

    motive: str = Field(examples=["plan"])
    received: int
    in_time: int
    late: int
    pending: int

    @computed_field
    def rate(self) -> Decimal | None:
        """In time, of those answered or late."""
        return share(self.in_time, self.in_time + self.late)


class SpontaneousPayment(BaseModel):
    """Contributions due in the period, of known amount and whose date has passed; paid in full at that date."""

    due: int
    paid: int
    amount_due: Decimal
    amount_paid: Decimal

    @computed_field
    def rate(self) -> Decimal | None:
        """Paid at the due date, of those due."""
        return share(self.paid, self.due)

    @computed_field
    def amount_rate(self) -> Decimal | None:
        """The same in euros."""
        return share(self.amount_paid, self.amount_due)


class Recovery(BaseModel):
    """Debts of incidents due in the period: recovered in full within 100 days of that date, or pending until then."""

    debts: int
    recovered: int
    pending: int
    amount: Decimal
    amount_recovered: Decimal

    @computed_field
    def rate(self) -> Decimal | None:
        """Recovered, of those not pending."""
        return share(self.recovered, self.debts - self.pending)

    @computed_field
    def amount_rate(self) -> Decimal | None:
        """Euros recovered so far, of all."""
        return share(self.amount_recovered, self.amount)


class ByChannel(BaseModel):
    """Enterprises served by one channel; one enterprise may be served by several."""

    channel: str = Field(examples=["phone"])
    enterprises: int


class PersonalService(BaseModel):
    """Enterprises without accountant followed in the period; served: reached by a call or met at an appointment."""

    enterprises: int
    served: int
    channels: list[ByChannel]

    @computed_field
    def rate(self) -> Decimal | None:
        """Served, of those followed."""
        return share(self.served, self.enterprises)


class Extensions(BaseModel):
    """Ends announced in the period with the offer to go on; extended, or pending while the end is ahead."""

    offered: int
    extended: int
    pending: int

    @computed_field
    def rate(self) -> Decimal | None:
        """Extended, of those not pending."""
        return share(self.extended, self.offered - self.pending)


class Satisfaction(BaseModel):
    """Answers given in the period about one life moment; means of marks from 1 to 5, effort being best at 1."""

    moment: str = Field(examples=["financial_difficulty"])
    answers: int
    satisfied: int
    dissatisfied: int
    satisfaction: Decimal
    effort: Decimal

    @computed_field
    def csat(self) -> Decimal | None:
        """Marks of 4 and 5, of all."""
        return share(self.satisfied, self.answers)


class Complaints(BaseModel):
    """Mediations asked for and answers of 1 or 2 to surveys."""

    mediations: int
    dissatisfied: int


class Received(BaseModel):
    """What enterprises, or others for them, asked."""

    motive: str = Field(examples=["difficulty"])
    volume: int


class Sent(BaseModel):
    """Messages to enterprises by family of rules and channel."""

    motive: str = Field(examples=["REM"])
    channel: str
    volume: int


class Contacts(BaseModel):
    """Why there was a contact, and how often."""

    received: list[Received]
    sent: list[Sent]


class ContactFailures(BaseModel):
    """Messages of the period that left for an enterprise, and those the provider says did not arrive."""

    channel: str = Field(examples=["sms"])
    sent: int
    failed: int

    @computed_field
    def rate(self) -> Decimal | None:
        """Failed, of those that left."""
        return share(self.failed, self.sent)


class Indicators(BaseModel):
    """The organisation's indicators, days included. Rates go from 0 to 1, none of nothing; amounts are euros."""

    first: date | None = Field(serialization_alias="from")
    last: date | None = Field(serialization_alias="to")
    requests: list[Requests]
    spontaneous_payment: SpontaneousPayment
    recovery: Recovery
    personal_service: PersonalService
    extensions: Extensions
    satisfaction: list[Satisfaction]
    complaints: Complaints
    contacts: Contacts
    contact_failures: list[ContactFailures]


@router.get("", responses=documented(400, 401, 403))
async def read_indicators(
    services: Service,
    caller: Reader,
    first: Annotated[Day | None, Query(alias="from", description="First day, included.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day, included.")] = None,
) -> Indicators:
    """What can be counted of the organisation's journeys between two days, from what is stored at this instant."""
    zone = services.zone(caller.organisation)
    start, end = first_of(first or SINCE, zone, "/query/from"), end_of(last or UNTIL, zone, "/query/to")
    span = Span(caller.organisation, first or SINCE, last or UNTIL, start, end, zone.key)
    # One snapshot: no answer counts a request in one figure and not in the next.
    one_snapshot = services.engine.execution_options(isolation_level="REPEATABLE READ")
    async with as_organisation(one_snapshot, caller.organisation) as connection:
        rows = {name: await indicators.read(connection, name, span) for name in indicators.STATEMENTS}
    return _shown(first, last, rows)


def _shown(first: date | None, last: date | None, rows: dict[str, Sequence[RowMapping]]) -> Indicators:
    satisfaction = [Satisfaction(**row) for row in rows["satisfaction"]]
    received = [Received(**row) for row in rows["received"]]
    return Indicators(
        first=first,
        last=last,
        requests=[Requests(**row) for row in rows["requests"]],
        spontaneous_payment=SpontaneousPayment(**rows["spontaneous_payment"][0]),
        recovery=Recovery(**rows["recovery"][0]),
        personal_service=_personal_service(rows["personal_service"]),
        extensions=Extensions(**rows["extensions"][0]),
        satisfaction=satisfaction,
        complaints=Complaints(
            mediations=sum(it.volume for it in received if it.motive == "mediation"),
            dissatisfied=sum(it.dissatisfied for it in satisfaction),
        ),
        contacts=Contacts(received=received, sent=[Sent(**row) for row in rows["sent"]]),
        contact_failures=_failures(rows["sent"]),
    )


def _personal_service(rows: Sequence[RowMapping]) -> PersonalService:
    whole, *channels = rows
    by_channel = [ByChannel(channel=row["channel"], enterprises=row["served"]) for row in channels]
    return PersonalService(enterprises=whole["enterprises"], served=whole["served"], channels=by_channel)


def _failures(sent: Sequence[RowMapping]) -> list[ContactFailures]:
    counts = {channel: [row for row in sent if row["channel"] == channel] for channel in ("mail", "sms")}
    return [
        ContactFailures(channel=channel, sent=sum(it["volume"] for it in rows), failed=sum(it["failed"] for it in rows))
        for channel, rows in counts.items()
    ]
