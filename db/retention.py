"""What is not kept for ever: read and erased a bounded number of rows at a time, so that nothing waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, delete, exists, literal, null, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.ledger import UNSETTLED
from db.portal import SOURCE as PORTAL
from db.tables import accesses, deliveries, events, messages, outgoing

ROWS = 5_000
EMPTY: Mapping[str, Any] = {}

# Erase in one span of a table what is older than an instant: how many rows were erased.
Eraser = Callable[[AsyncConnection, datetime, Any, Any], Awaitable[int]]


async def event_data(connection: AsyncConnection, before: datetime, first: Any, last: Any) -> int:
    """Empty what settled events said; the event stays, so that it is known for ever. Choices made on pages stay too."""
    settled = events.c.status.in_(("applied", "refused", "expired")) & (events.c.source != PORTAL)
    old = events.c.seq.between(first, last) & settled & (events.c.received_at < before) & (events.c.data != EMPTY)
    return (await connection.execute(update(events).where(old).values(data=EMPTY))).rowcount


async def message_texts(connection: AsyncConnection, before: datetime, first: Any, last: Any) -> int:
    """Empty what messages said and to which address; that they were sent, by which rule, and their receipts stay."""
    settled = text(f"NOT {UNSETTLED}")
    written = or_(messages.c.text.is_not(None), messages.c.to.is_not(None))
    old = messages.c.id.between(first, last) & settled & (messages.c.queued_at < before) & written
    return (await connection.execute(update(messages).where(old).values(text=null(), title=null(), to=null()))).rowcount


async def events_out(connection: AsyncConnection, before: datetime, first: Any, last: Any) -> int:
    """Delete events out with their deliveries; one still to be delivered stays."""
    awaited = exists(literal(1)).where(deliveries.c.seq == outgoing.c.seq, deliveries.c.status == "pending")
    old = outgoing.c.seq.between(first, last) & (outgoing.c.time < before) & outgoing.c.handed_out
    return (await connection.execute(delete(outgoing).where(old, ~awaited))).rowcount


async def access_log(connection: AsyncConnection, before: datetime, first: Any, last: Any) -> int:
    """Delete who opened which file."""
    old = accesses.c.id.between(first, last) & (accesses.c.at < before)
    return (await connection.execute(delete(accesses).where(old))).rowcount


async def erase(engine: AsyncEngine, table: Table, eraser: Eraser, before: datetime) -> int:
    """Walk through a table by its primary key, a transaction for each span of rows; return how many were erased."""
    [key] = table.primary_key.columns
    erased, page = 0, select(key).order_by(key).limit(ROWS)
    keys = await _keys(engine, page)
    while keys:
        async with engine.begin() as connection:
            erased += await eraser(connection, before, keys[0], keys[-1])
        keys = await _keys(engine, page.where(key > keys[-1]))
    return erased


async def _keys(engine: AsyncEngine, page: Select[Any]) -> Sequence[Any]:
    async with engine.connect() as connection:
        return (await connection.scalars(page)).all()
