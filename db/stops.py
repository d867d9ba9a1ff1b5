"""Rules whose messages an organisation's administrator stopped, with the reason and the end of each stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import stops
from domain.stops import Stop

_IN_FORCE = (
    select(stops.c.reason, stops.c.until)
    .where(
        stops.c.organisation == bindparam("of"),
        stops.c.rule == bindparam("named"),
        stops.c.until > bindparam("now"),
        stops.c.lifted_at.is_(None),
    )
    .order_by(stops.c.until.desc())
    .limit(1)
)


async def open_stop(connection: AsyncConnection, stop_id: UUID, organisation: str, author: str, stop: Stop) -> None:
    """Stop a rule from now on; under one id it is stopped once, however often it is said."""
    row = {"id": stop_id, "organisation": organisation, "author": author, **vars(stop)}
    await connection.execute(insert(stops).values(row).on_conflict_do_nothing())


async def lift(connection: AsyncConnection, organisation: str, stop_id: UUID, author: str) -> bool:
    """End a stop before its time; False when the organisation has no such stop that lasts."""
    lasting = (stops.c.until > func.now()) & stops.c.lifted_at.is_(None)
    mine = (stops.c.id == stop_id) & (stops.c.organisation == organisation)
    lifted = update(stops).where(mine, lasting).values(lifted_at=func.now(), lifted_by=author)
    return (await connection.execute(lifted)).rowcount == 1


async def in_force(connection: AsyncConnection, organisation: str, rule: str, now: datetime) -> Stop | None:
    """What stops a rule at an instant of the journey's clock; of several stops, the one that ends last."""
    found = await connection.execute(_IN_FORCE, {"of": organisation, "named": rule, "now": now})
    row = found.one_or_none()
    return Stop(rule, row.reason, row.until) if row else None


async def latest(connection: AsyncConnection, organisation: str, limit: int) -> Sequence[Row[Any]]:
    """At most ``limit`` stops, newest first; ``lasts`` while one keeps messages from leaving."""
    lasts = ((stops.c.until > func.now()) & stops.c.lifted_at.is_(None)).label("lasts")
    query = select(stops, lasts).where(stops.c.organisation == organisation)
    return (await connection.execute(query.order_by(lasts.desc(), stops.c.from_at.desc()).limit(limit))).all()
