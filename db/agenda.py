"""What an agent's agenda holds: slots, free or booked, and with whom; one query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import bookings, cases, enterprises, journeys, slots


async def between(
    connection: AsyncConnection, organisation: str, agent: str, start: datetime, end: datetime
) -> Sequence[Row[Any]]:
    """The slots of an agent in ``[start, end)``, in order; ``appointment`` is None for a free one.

    ``ahead_seconds`` is how far the clock of the booked journey is ahead on a development server.
    """
    held = slots.outerjoin(bookings, bookings.c.slot == slots.c.id)
    held = held.outerjoin(cases, cases.c.id == bookings.c.appointment)
    held = held.outerjoin(enterprises, enterprises.c.siren == bookings.c.siren)
    held = held.outerjoin(journeys, journeys.c.siren == bookings.c.siren)
    booked = (bookings.c.siren, bookings.c.appointment, bookings.c.attended)
    case = (cases.c.kind, cases.c.status, enterprises.c.name, journeys.c.ahead_seconds)
    query: Select[Any] = select(slots, *booked, *case).select_from(held)
    theirs = (slots.c.organisation == organisation) & (slots.c.agent == agent)
    query = query.where(theirs, slots.c.starts_at >= start, slots.c.starts_at < end)
    rows: Sequence[Row[Any]] = (await connection.execute(query.order_by(slots.c.starts_at))).all()
    return rows
