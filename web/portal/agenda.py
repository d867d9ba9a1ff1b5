"""``agenda``: what is ahead, what was sent, what is promised (REM-2, COM-5, SVC-2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from config.computing import computed
from db import cases, meetings, portal
from domain.accounts import account_named, with_account
from domain.effects import Effect, Record, SendMessage
from domain.forecast import forecast
from domain.identifiers import parse_period
from domain.measures import share
from domain.rules.due_dates import due_dates, reminder_instant
from web.desk import Desk
from web.portal.rereading import Sent, reread
from web.portal.subscription import subscription
from web.portal.visit import Visit
from web.rendering import page

MESSAGES_SHOWN = 30
FEWEST_CASES = 5
"""A rate of fewer cases says nothing, and may name somebody (SVC-2)."""

LEVELS_OVER = timedelta(days=365)
KINDS = {"both": "DSN et paiement", "payment": "Paiement", "declaration": "DSN"}
ANNOUNCED = ("exit_reminder", "yearly_statement")


@dataclass(frozen=True)
class Deadline:
    """A due date ahead, its ``kind`` a key of ``KINDS``; ``amount`` in euros, None while unknown.

    ``remind_on``: the reminder's day, or when it left.
    """

    kind: str
    label: str
    period: str
    on: date
    nominal_on: date
    payable: bool
    amount: Decimal | None
    settled: bool
    remind_on: date
    reminded: bool


@dataclass(frozen=True)
class Milestone:
    """A step of the accompaniment ahead."""

    on: date
    summary: str


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Read-only."""
    async with desk.engine.connect() as connection:
        places = await meetings.places_of(connection, visit.link.siren, visit.now)
    messages, levels = await _messages(desk, visit), await _levels(desk, visit)
    return await computed(
        _page, visit, meetings=places, messages=messages, levels=levels, subscription=subscription(desk, visit)
    )


def _page(visit: Visit, **read: Any) -> Response:
    return page(
        "agenda",
        visit=visit,
        deadlines=sorted(deadlines(visit), key=lambda deadline: deadline.on),
        milestones=list(_milestones(visit)),
        policy=visit.world.policy,
        **read,
    )


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from an agenda."""
    raise HTTPException(405, headers={"Allow": "GET"})


def deadlines(visit: Visit) -> Iterator[Deadline]:
    """The due dates ahead of an open journey."""
    journey, world = visit.journey, visit.world
    if not journey.is_open:
        return
    for due in due_dates(journey, world):
        if due.due_on >= world.today:
            told = due.contribution.told
            yield Deadline(
                kind=due.kind,
                label=KINDS[due.kind],
                period=with_account(parse_period(due.period).label, account_named(journey, due.contribution.key)),
                on=due.due_on,
                nominal_on=due.nominal_on,
                payable=due.kind != "declaration",
                amount=due.contribution.amount,
                settled=due.contribution.settled,
                remind_on=world.calendar.day_of(told.at if told else reminder_instant(journey, due, world)),
                reminded=told is not None,
            )


def _milestones(visit: Visit) -> Iterator[Milestone]:
    calendar = visit.world.calendar
    for ahead in forecast(visit.journey, visit.now, visit.rulebook):
        if _is_milestone(ahead.effect):
            yield Milestone(calendar.day_of(ahead.at), ahead.effect.summary)


def _is_milestone(effect: Effect) -> bool:
    match effect:
        case Record(label="phase"):
            return True
        case SendMessage(template=template):
            return template in ANNOUNCED
    return False


async def _levels(desk: Desk, visit: Visit) -> dict[str, Decimal]:
    """What the organisation kept of each kind of promise in the last year, in sum: percents of those settled."""
    async with desk.engine.connect() as connection:
        rows = await cases.levels(connection, visit.journey.organisation, visit.now - LEVELS_OVER, visit.now)
    shown = (row for row in rows if row.met + row.breached >= FEWEST_CASES)
    kept = {row.kind: share(row.met, row.met + row.breached) for row in shown}
    return {kind: level * 100 for kind, level in kept.items() if level is not None}


async def _messages(desk: Desk, visit: Visit) -> list[Sent]:
    async with desk.engine.connect() as connection:
        rows = await portal.sent(connection, visit.link.siren, MESSAGES_SHOWN)
    return reread(visit, rows)
