"""``clients``: the letters of all the clients of an accountant, in one place (COM-6)."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from uuid import UUID

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db import portal
from notifications.links import BadLink
from web.desk import Desk
from web.portal.rereading import Sent, reread
from web.portal.visit import Visit
from web.rendering import page

SHOWN_FOR = timedelta(days=90)
MOST = 500


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Client by client, the latest letters first."""
    async with desk.engine.connect() as connection:
        address = await portal.accountant_of(connection, visit.link.siren, UUID(visit.link.subject))
        if address is None:
            raise BadLink
        clients = await portal.clients(connection, address)
        rows = await portal.copies(connection, address, [it.siren for it in clients], visit.now - SHOWN_FOR, MOST)
    letters: dict[str, list[Sent]] = {
        siren: reread(visit, list(those)) for siren, those in groupby(rows, key=lambda row: row.siren)
    }
    return page("clients", visit=visit, clients=clients, letters=letters, days=SHOWN_FOR.days)


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from here."""
    raise HTTPException(405, headers={"Allow": "GET"})
