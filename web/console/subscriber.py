"""``/console/administration/abonnements/{subscription}``: what was delivered to a subscriber, and once more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import deliveries, subscriptions
from db.tenancy import as_organisation
from web.console.people import Person
from web.console.rendering import screen
from web.console.words import WORDS
from web.desk import Desk

SHOWN = 50


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """The deliveries, newest first; ``avant`` is where the page before ended."""
    query = request.query_params
    status = query.get("etat", "")
    before = query.get("avant", "")
    if before and not (before.isdecimal() and before.isascii() and len(before) < 19):
        raise HTTPException(400)
    async with as_organisation(desk.engine, person.organisation) as connection:
        known = await _own(connection, person, request)
        wanted = status if status in WORDS["delivery_status"] else None
        rows = await deliveries.page(connection, known.id, wanted, int(before) if before else None, SHOWN + 1)
    return screen(
        "subscriber",
        person=person,
        request=request,
        policy=desk.rulebook.current[person.organisation],
        subscription=known,
        rows=rows[:SHOWN],
        status_filter=wanted or "",
        following=rows[SHOWN - 1].seq if len(rows) > SHOWN else None,
        done="Cette livraison va repartir." if "fait" in query else None,
    )


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Deliver once more."""
    async with as_organisation(desk.engine, person.organisation) as connection:
        known = await _own(connection, person, request)
        if await deliveries.replay(connection, known.id, _uuid(str(form.get("delivery")))) is None:
            raise HTTPException(404)
    return RedirectResponse(f"{request.url.path}?fait", 303)


async def _own(connection: AsyncConnection, person: Person, request: Request) -> Row[Any]:
    known = await subscriptions.find(connection, _uuid(request.path_params["subscription"]))
    if known is None or known.organisation != person.organisation:
        raise HTTPException(404)
    return known


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404) from None
