"""Who subscribed to which events out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import deliveries, subscriptions


@dataclass(frozen=True)
class NewSubscription:
    """``types`` without prefix; ``secret`` signs what is delivered to ``url``."""

    id: UUID
    organisation: str
    url: str
    types: list[str]
    secret: str = field(repr=False)


async def add(connection: AsyncConnection, new: NewSubscription) -> Row[Any]:
    """Keep a subscription; the same one again changes nothing."""
    await connection.execute(insert(subscriptions).values(vars(new)).on_conflict_do_nothing())
    return (await connection.execute(select(subscriptions).where(subscriptions.c.id == new.id))).one()


async def of_organisation(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """The subscriptions of an organisation, oldest first."""
    query = select(subscriptions).where(subscriptions.c.organisation == organisation)
    return (await connection.execute(query.order_by(subscriptions.c.created_at, subscriptions.c.id))).all()


async def standings(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """The subscriptions of an organisation with how many deliveries are ``pending``, ``delivered`` and ``failed``."""
    statuses = ("pending", "delivered", "failed")
    counts = [func.count().filter(deliveries.c.status == status).label(status) for status in statuses]
    joined = subscriptions.outerjoin(deliveries, deliveries.c.subscription == subscriptions.c.id)
    names = ("id", "url", "types", "created_at", "disabled_at")
    columns = [subscriptions.c[name] for name in names]
    query: Select[Any] = select(*columns, *counts).select_from(joined).group_by(subscriptions.c.id)
    query = query.where(subscriptions.c.organisation == organisation).order_by(subscriptions.c.created_at)
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return rows


async def find(connection: AsyncConnection, subscription: UUID) -> Row[Any] | None:
    """One subscription."""
    return (await connection.execute(select(subscriptions).where(subscriptions.c.id == subscription))).one_or_none()


async def enable(connection: AsyncConnection, subscription: UUID) -> Row[Any] | None:
    """Deliver again to a subscriber that was gone, what happens from now on."""
    back = update(subscriptions).where(subscriptions.c.id == subscription).values(disabled_at=None)
    return (await connection.execute(back.returning(*subscriptions.c))).one_or_none()


async def seal_some(connection: AsyncConnection, close: Callable[[str], str], mark: str, limit: int) -> int:
    """Seal secrets that an earlier version kept in clear, those that do not begin with ``mark``; how many."""
    in_clear = select(subscriptions.c.id, subscriptions.c.secret).where(~subscriptions.c.secret.startswith(mark))
    found = (await connection.execute(in_clear.limit(limit).with_for_update(skip_locked=True))).all()
    for row in found:
        sealed = update(subscriptions).where(subscriptions.c.id == row.id).values(secret=close(row.secret))
        await connection.execute(sealed)
    return len(found)


async def remove(connection: AsyncConnection, subscription: UUID) -> None:
    """Forget a subscription and its deliveries."""
    await connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription))
