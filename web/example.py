"""``/exemple``: in development, the space of one enterprise, opened as by the link of one of its messages."""

from __future__ import annotations

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import outbox
from db.journeys import read
from domain.messages import Recipient
from notifications.links import Holder
from web.desk import Desk

VALID_FOR = timedelta(days=1)


async def show(desk: Desk, _request: Request) -> Response:
    """To the enterprise that was written to last; 404 where nobody may read the messages of others."""
    if not desk.outboxes:
        raise HTTPException(404)
    async with desk.engine.connect() as connection:
        row = await outbox.written_to_last(connection)
        stored = row and await read(connection, row.siren)
    if row is None or stored is None:
        raise HTTPException(404)
    holder = Holder(Recipient.ENTERPRISE, row.contact_epoch)
    return RedirectResponse(desk.links.url("agenda", row.siren, stored.clock + VALID_FOR, holder=holder), 303)
