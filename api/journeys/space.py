"""`GET /v1/journeys/{siren}/space`: what the enterprise sees (SPC-2, SPC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.auth import Reader
from api.identifiers import Siren
from api.journeys.access import Dossier, read_dossier, rulebook_of
from api.journeys.cases import appointment_of
from api.journeys.schemas import Appointment
from api.masking import Shown
from api.problems import documented
from api.requests import request_status
from api.services import Service
from config.computing import computed
from db.alone import Record
from db.reading import SENT
from domain.obligations import Kind
from domain.rulebook import Rulebook
from domain.rules.answers import requests_of
from domain.space.debts import Debt, InstalmentLine, PlanLine
from domain.space.due_lines import DueLine
from domain.space.home import Card, cards, sentence
from domain.space.overview import standing_overview
from domain.state import Journey
from domain.step import step

router = APIRouter(prefix="/v1/journeys", tags=["journeys"])


class SpaceCard(BaseModel):
    """One thing that matters, the most urgent first; `by` is a day or an instant."""

    kind: Literal["to_do", "to_pay", "soon"]
    title: str
    by: datetime | date | None
    amount: Decimal | None


class SpaceDueDate(BaseModel):
    """A due date, past or ahead, net of plans: `left` to pay by itself, `asks` what is left to do on it."""

    account: str
    period: str
    due_on: date
    amount: Decimal | None
    left: Decimal | None
    state: Literal["ahead", "paid", "nothing_due", "declared", "planned", "late", "handed_over", "unknown"]
    asks: Kind | None


class SpaceInstalment(BaseModel):
    """An instalment of a plan that runs: `amount` agreed, `left` to pay."""

    plan: str
    account: str
    period: str
    number: int
    due_on: date
    amount: Decimal
    left: Decimal
    state: Literal["ahead", "paid", "late"]


class SpaceDebt(BaseModel):
    """A period in difficulty that no plan spreads."""

    account: str
    period: str
    kind: str
    left: Decimal | None
    handed_over: bool
    promised_on: date | None
    reply_by: date | None


class SpaceRequest(BaseModel):
    """What was asked, and until when its answer is promised."""

    id: str
    kind: str
    status: Literal["open", "paused", "answered"]
    answer_by: datetime | None


class SpaceMessage(BaseModel):
    """A letter that left."""

    id: UUID
    channel: Literal["sms", "mail"]
    title: Shown | None
    text: Shown | None
    sent_at: datetime


class Space(BaseModel):
    """All that the enterprise sees of itself."""

    sentence: str
    cards: list[SpaceCard]
    due_dates: list[SpaceDueDate]
    instalments: list[SpaceInstalment]
    debts: list[SpaceDebt]
    appointments: list[Appointment]
    requests: list[SpaceRequest]
    messages: list[SpaceMessage]


@router.get("/{siren}/space", responses=documented(400, 401, 403, 404))
async def read_space(siren: Siren, request: Request, services: Service, caller: Reader) -> Space:
    """What the enterprise sees in its space, from what its rules decided (SPC-4)."""
    dossier = await read_dossier(request, services, caller, siren)
    rulebook = await rulebook_of(services, dossier.journey)
    letters = await services.own_rows.run(caller.organisation, SENT, {"enterprise": siren})
    return await computed(_space, dossier, rulebook, letters, services.zone(caller.organisation))


def _space(dossier: Dossier, rulebook: Rulebook, letters: Sequence[Record], zone: ZoneInfo) -> Space:
    standing = step(dossier.journey, (), dossier.clock, rulebook).journey
    world = rulebook.world(standing, dossier.clock)
    seen = standing_overview(standing, world)
    ahead = {it.id for it in seen.appointments}
    return Space(
        sentence=sentence(seen, zone),
        cards=[_card(it, zone) for it in cards(seen, world)],
        due_dates=[_due_date(it) for it in (*seen.past, *seen.ahead)],
        instalments=[_instalment(plan, it) for plan in seen.plans for it in plan.instalments],
        debts=[_debt(it) for it in seen.debts],
        appointments=[appointment_of(it, zone) for it in standing.appointments.values() if it.id in ahead],
        requests=_requests(standing, zone),
        messages=[_message(it, zone) for it in letters],
    )


def _card(card: Card, zone: ZoneInfo) -> SpaceCard:
    by = card.by.astimezone(zone) if isinstance(card.by, datetime) else card.by
    return SpaceCard(kind=card.kind.value, title=card.title, by=by, amount=card.amount)


def _instalment(plan: PlanLine, it: InstalmentLine) -> SpaceInstalment:
    return SpaceInstalment(
        plan=plan.id,
        account=plan.account,
        period=plan.period,
        number=it.number,
        due_on=it.due_on,
        amount=it.amount,
        left=it.left,
        state=it.state.value,
    )


def _debt(debt: Debt) -> SpaceDebt:
    return SpaceDebt(
        account=debt.account,
        period=debt.period,
        kind=debt.kind,
        left=debt.left,
        handed_over=debt.handed_over,
        promised_on=debt.promised_on,
        reply_by=debt.served.reply_by if debt.served else None,
    )


def _due_date(line: DueLine) -> SpaceDueDate:
    return SpaceDueDate(
        account=line.account,
        period=line.period,
        due_on=line.due_on,
        amount=line.amount,
        left=line.left,
        state=line.state.value,
        asks=line.asks,
    )


def _requests(journey: Journey, zone: ZoneInfo) -> list[SpaceRequest]:
    return [
        SpaceRequest(
            id=it.id,
            kind=it.kind,
            status=request_status(journey, it),
            answer_by=it.commitment and it.commitment.due_at.astimezone(zone),
        )
        for it in requests_of(journey)
    ]


def _message(row: Record, zone: ZoneInfo) -> SpaceMessage:
    return SpaceMessage(
        id=row.id, channel=row.channel, title=row.title, text=row.text, sent_at=row.sent_at.astimezone(zone)
    )
