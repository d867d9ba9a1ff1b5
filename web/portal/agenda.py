"""``agenda``: what is ahead, what was sent, what is promised (REM-2, COM-5, SVC-2)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db import cases, meetings, portal
from domain.measures import share
from domain.rules.plans import PIECES
from web.desk import Desk
from web.portal.overview import hosts_of, overview_of
from web.portal.rereading import Sent, reread
from web.portal.subscription import subscription
from web.portal.visit import Visit
from web.rendering import page

MESSAGES_SHOWN = 30
FEWEST_CASES = 5
"""A rate of fewer cases says nothing, and may name somebody (SVC-2)."""

LEVELS_OVER = timedelta(days=365)


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Read-only."""
    seen = await overview_of(desk, visit)
    async with desk.engine.connect() as connection:
        places = await meetings.places_of(connection, visit.link.siren, visit.now)
        hosts = await hosts_of(connection, visit, seen)
    messages, levels = await _messages(desk, visit), await _levels(desk, visit)
    return page(
        "agenda",
        visit=visit,
        seen=seen,
        hosts=hosts,
        meetings=places,
        messages=messages,
        levels=levels,
        policy=visit.world.policy,
        current=visit.world.current,
        subscription=subscription(desk, visit),
        pieces=PIECES,
    )


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from an agenda."""
    raise HTTPException(405, headers={"Allow": "GET"})


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
