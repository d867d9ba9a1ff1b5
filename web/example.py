"""``/exemple``: in development, the space of one enterprise, opened as by the link of one of its messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db.journeys import read
from db.tables import enterprises, messages
from domain.messages import Recipient
from notifications.links import Holder
from web.desk import Desk

VALID_FOR = timedelta(days=1)


async def show(desk: Desk, _request: Request) -> Response:
    """To the enterprise that was written to last; 404 where nobody may read the messages of others."""
    row = await _written_to_last(desk) if desk.outboxes else None
    if row is None:
        raise HTTPException(404)
    async with desk.engine.connect() as connection:
        stored = await read(connection, row.siren)
    if stored is None:
        raise HTTPException(404)
    holder = Holder(Recipient.ENTERPRISE, row.contact_epoch)
    return RedirectResponse(desk.links.url("agenda", row.siren, stored.clock + VALID_FOR, holder=holder), 303)


async def _written_to_last(desk: Desk) -> Row[Any, Any] | None:
    theirs = messages.c.text.is_not(None) & (messages.c.recipient == "enterprise")
    query = select(enterprises.c.siren, enterprises.c.contact_epoch).join_from(
        messages, enterprises, messages.c.siren == enterprises.c.siren
    )
    async with desk.engine.connect() as connection:
        return (await connection.execute(query.where(theirs).order_by(messages.c.seq.desc()).limit(1))).one_or_none()
