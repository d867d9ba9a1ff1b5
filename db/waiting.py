"""Offers that wait for a slot, and the news told to their journeys when one is freed (APT-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.events import NewEvent, store
from db.tables import journeys, waiting
from db.tenancy import across_organisations

SOURCE = "parcours/slots"


@dataclass(frozen=True)
class Waiter:
    """An offer no free slot suits; priority ones are told first, then the oldest."""

    appointment: str
    siren: str
    organisation: str
    priority: bool
    since: datetime


@dataclass(frozen=True)
class News:
    """An internal event for one journey; ``id`` is unique for ever."""

    siren: str
    id: str
    type: str
    data: dict[str, Any]


async def replace(connection: AsyncConnection, siren: str, waiters: Sequence[Waiter]) -> None:
    """Write which offers of an enterprise wait."""
    others = waiting.c.appointment.not_in([it.appointment for it in waiters])
    await connection.execute(delete(waiting).where(waiting.c.siren == siren, others))
    if waiters:
        await connection.execute(insert(waiting).on_conflict_do_nothing(), [vars(it) for it in waiters])


async def tell(connection: AsyncConnection, organisation: str, count: int, now: datetime) -> int:
    """Tell as many of those who wait as there are slots; each leaves the list, and comes back if it finds none."""
    first = select(waiting).where(waiting.c.organisation == organisation)
    first = first.order_by(waiting.c.priority.desc(), waiting.c.since, waiting.c.appointment).limit(count)
    told = (await connection.execute(first.with_for_update(skip_locked=True))).all() if count else []
    await connection.execute(delete(waiting).where(waiting.c.appointment.in_([row.appointment for row in told])))
    await _look_again(connection, told, now)
    return len(told)


async def look_elsewhere(connection: AsyncConnection, siren: str, now: datetime) -> None:
    """Have the offers of an enterprise that wait look among the slots of the organisation it is transferred to."""
    mine = delete(waiting).where(waiting.c.siren == siren).returning(waiting.c.siren, waiting.c.appointment)
    await _look_again(connection, (await connection.execute(mine)).all(), now)


async def _look_again(connection: AsyncConnection, told: Sequence[Row[Any, Any]], now: datetime) -> None:
    news = [News(row.siren, str(uuid4()), "slot.freed", {"appointment": row.appointment}) for row in told]
    await inform(connection, news, now)


async def inform(connection: AsyncConnection, news: Sequence[News], now: datetime) -> None:
    """Store events for journeys, whoever follows them now, each on its own clock; ``now`` is the wall's."""
    if not news:
        return
    async with across_organisations(connection):
        await store(connection, await _events(connection, news, now))


async def _events(connection: AsyncConnection, news: Sequence[News], now: datetime) -> list[NewEvent]:
    query = select(journeys.c.siren, journeys.c.organisation, journeys.c.ahead_seconds)
    rows = await connection.execute(query.where(journeys.c.siren.in_({it.siren for it in news})))
    known = {row.siren: row for row in rows}
    return [
        NewEvent(
            source=SOURCE,
            id=it.id,
            type=it.type,
            siren=it.siren,
            organisation=known[it.siren].organisation,
            time=now + timedelta(seconds=known[it.siren].ahead_seconds),
            data=it.data,
        )
        for it in news
    ]
