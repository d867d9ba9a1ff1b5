"""Rules whose messages an organisation's administrator stopped, with the reason and the end of each stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, Text, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import stops
from domain.stops import Stop

_LASTS = (stops.c.until > func.now()) & stops.c.lifted_at.is_(None)
_SAID = ("rule", "reason", "until")


async def open_stop(connection: AsyncConnection, stop_id: UUID, organisation: str, author: str, stop: Stop) -> None:
    """Stop a rule from now on; under one id it is stopped once, however often it is said."""
    row = {"id": stop_id, "organisation": organisation, "author": author, **vars(stop)}
    await connection.execute(insert(stops).values(row).on_conflict_do_nothing())


async def lift(connection: AsyncConnection, organisation: str, stop_id: UUID, author: str) -> bool:
    """End a stop before its time; False when the organisation has no such stop that lasts."""
    mine = (stops.c.id == stop_id) & (stops.c.organisation == organisation)
    lifted = update(stops).where(mine, _LASTS).values(lifted_at=func.now(), lifted_by=author)
    return (await connection.execute(lifted)).rowcount == 1


def lasting_of(organisation: ColumnElement[str]) -> ScalarSelect[Any]:
    """The stops of an organisation, as a column of a query about it: reading them costs no exchange of its own."""
    one = func.jsonb_build_object(*(part for it in _SAID for part in (literal(it, Text), stops.c[it])))
    lasting = select(func.jsonb_agg(one, type_=JSONB)).where(stops.c.organisation == organisation, _LASTS)
    return lasting.scalar_subquery()


def stops_of(column: Sequence[dict[str, str]] | None) -> tuple[Stop, ...]:
    """What that column says."""
    return tuple(Stop(it["rule"], it["reason"], datetime.fromisoformat(it["until"])) for it in column or ())


async def latest(connection: AsyncConnection, organisation: str, limit: int) -> Sequence[Row[Any]]:
    """At most ``limit`` stops, newest first; ``lasts`` while one keeps messages from leaving."""
    lasts = _LASTS.label("lasts")
    query = select(stops, lasts).where(stops.c.organisation == organisation)
    return (await connection.execute(query.order_by(lasts.desc(), stops.c.from_at.desc()).limit(limit))).all()
