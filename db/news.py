"""What journeys are told by Parcours itself: events stored for them, whoever follows them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.events import NewEvent, store
from db.tables import journeys
from db.tenancy import across_organisations


@dataclass(frozen=True)
class News:
    """An internal event for one journey; ``id`` is unique for ever."""

    siren: str
    id: str
    type: str
    data: dict[str, Any]


async def inform(connection: AsyncConnection, source: str, news: Sequence[News], now: datetime) -> None:
    """Store events for journeys, each on its own clock; ``now`` is the wall's."""
    if not news:
        return
    async with across_organisations(connection):
        await store(connection, await _events(connection, source, news, now))


async def _events(connection: AsyncConnection, source: str, news: Sequence[News], now: datetime) -> list[NewEvent]:
    query = select(journeys.c.siren, journeys.c.organisation, journeys.c.ahead_seconds)
    rows = await connection.execute(query.where(journeys.c.siren.in_({it.siren for it in news})))
    known = {row.siren: row for row in rows}
    return [
        NewEvent(
            source=source,
            id=it.id,
            type=it.type,
            siren=it.siren,
            organisation=known[it.siren].organisation,
            time=now + timedelta(seconds=known[it.siren].ahead_seconds),
            data=it.data,
        )
        for it in news
    ]
