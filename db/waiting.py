"""Offers that wait for a slot, and the news told to their journeys when one is freed (APT-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.news import News, inform
from db.tables import waiting

SOURCE = "parcours/slots"
"""Of what journeys are told about slots."""


@dataclass(frozen=True)
class Waiter:
    """An offer no free slot suits; priority ones are told first, then the oldest."""

    appointment: str
    siren: str
    organisation: str
    priority: bool
    since: datetime


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
    await inform(connection, SOURCE, news, now)
