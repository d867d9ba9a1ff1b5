"""``/console/portefeuille``: the organisation's enterprises, searched and filtered; the address says it all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from db import portfolio, roster
from db.portfolio import Filters
from db.tenancy import as_organisation
from domain.texts import mended_line
from web.console import trail
from web.console.people import Person
from web.console.rendering import screen
from web.console.words import WORDS, time_left, urgency
from web.desk import Desk

SHOWN = 50
KEPT = ("q", "phase", "interlocuteur", "comptable", "incident", "croissance", "engagement")
YES_NO = {"oui": True, "non": False}


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """A page of lines in order of SIREN; ``apres`` is where the page before ended."""
    query = request.query_params
    async with as_organisation(desk.engine, person.organisation) as connection:
        rows = await portfolio.lines(connection, person.organisation, _filters(query), _after(query), SHOWN + 1)
        agents = await roster.names(connection, person.organisation)
    trail.shown(request, len(rows[:SHOWN]))
    shown, given = rows[:SHOWN], {name: query.get(name, "").strip() for name in KEPT}
    kept = {name: value for name, value in given.items() if value}
    return screen(
        "portfolio",
        person=person,
        request=request,
        policy=desk.rulebook.current[person.organisation],
        rows=[(row, _promise(row)) for row in shown],
        given=given,
        agents=agents,
        filtered=bool(kept),
        following=urlencode({**kept, "apres": shown[-1].siren}) if len(rows) > SHOWN else None,
        first=urlencode(kept) if query.get("apres") else None,
    )


def _filters(query: QueryParams) -> Filters:
    phase, text = query.get("phase", ""), mended_line(query.get("q", ""))
    return Filters(
        phase=phase if phase in WORDS["phase"] else None,
        referent=query.get("interlocuteur", "").replace("\x00", "") or None,
        accountant=YES_NO.get(query.get("comptable", "")),
        incident=YES_NO.get(query.get("incident", "")),
        text=text or None,
        growth=query.get("croissance") == "oui",
        at_risk=query.get("engagement") == "oui",
    )


def _after(query: QueryParams) -> str:
    after = query.get("apres", "")
    return after if after.isdecimal() and after.isascii() and len(after) == 9 else ""


def _promise(row: Row[Any]) -> dict[str, str] | None:
    if row.due_at is None:
        return None
    clock = datetime.now(UTC) + timedelta(seconds=row.ahead_seconds)
    return {"left": time_left(row.due_at, clock), "urgency": urgency(row.due_at, clock)}
