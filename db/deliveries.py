"""Events out, one row for each subscriber: what is to be delivered, in order for each enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, any_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import deliveries, outgoing, subscriptions


async def hand_out(connection: AsyncConnection, limit: int) -> int:
    """Write the deliveries of events not handed out yet; return how many events that was.

    One process at a time: were two to do it, an enterprise's second event could be handed out before its first.
    """
    if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(2, 0)")):
        return 0
    waiting = select(outgoing.c.seq).where(~outgoing.c.handed_out).order_by(outgoing.c.seq).limit(limit)
    seqs = (await connection.scalars(waiting)).all()
    if seqs:
        columns = ["subscription", "seq", "siren"]
        await connection.execute(insert(deliveries).from_select(columns, _wanted().where(outgoing.c.seq.in_(seqs))))
        await connection.execute(update(outgoing).where(outgoing.c.seq.in_(seqs)).values(handed_out=True))
    return len(seqs)


def _wanted() -> Select[Any]:
    own = (subscriptions.c.organisation == outgoing.c.organisation) & subscriptions.c.disabled_at.is_(None)
    joined = outgoing.join(subscriptions, own & (outgoing.c.type == any_(subscriptions.c.types)))
    return select(subscriptions.c.id, outgoing.c.seq, outgoing.c.siren).select_from(joined)


def _due() -> ColumnElement[bool]:
    return (deliveries.c.status == "pending") & (deliveries.c.next_at <= func.now())


async def subscriptions_due(connection: AsyncConnection) -> Sequence[UUID]:
    """The subscriptions that something may be delivered to now."""
    return (await connection.scalars(select(deliveries.c.subscription).where(_due()).distinct())).all()


async def claim(connection: AsyncConnection, subscription: UUID, limit: int, lease: timedelta) -> Sequence[Row[Any]]:
    """Take deliveries for as long as the lease; an enterprise's next event waits until the one before is settled."""
    before = deliveries.alias("before")
    earlier = select(before.c.id).where(
        before.c.subscription == deliveries.c.subscription,
        before.c.siren == deliveries.c.siren,
        before.c.status == "pending",
        before.c.seq < deliveries.c.seq,
    )
    free = select(deliveries.c.id).where(deliveries.c.subscription == subscription, _due(), ~earlier.exists())
    chosen = free.order_by(deliveries.c.seq).limit(limit).with_for_update(skip_locked=True).cte()
    taken = {"next_at": func.now() + lease, "attempted_at": func.now(), "attempts": deliveries.c.attempts + 1}
    ids = await connection.scalars(
        update(deliveries).where(deliveries.c.id == chosen.c.id).values(taken).returning(deliveries.c.id)
    )
    return await _read(connection, ids.all())


async def _read(connection: AsyncConnection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    subscribed = deliveries.c.subscription == subscriptions.c.id
    query = _shown().join(subscriptions, subscribed).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.seq)
    whole = (outgoing.c.organisation, outgoing.c.data, subscriptions.c.url, subscriptions.c.secret)
    return (await connection.execute(query.add_columns(*whole))).all()


async def settle(connection: AsyncConnection, delivery: UUID, status: str, outcome: str) -> None:
    """It is over: ``delivered``, or ``failed`` after the last attempt."""
    await _change(connection, delivery, status=status, outcome=outcome)


async def disable(connection: AsyncConnection, subscription: UUID, outcome: str) -> None:
    """The subscriber wants nothing any more (410): what waited for it is not tried again (Standard Webhooks)."""
    gone = update(subscriptions).where(subscriptions.c.id == subscription, subscriptions.c.disabled_at.is_(None))
    await connection.execute(gone.values(disabled_at=func.now()))
    waiting = (deliveries.c.subscription == subscription) & (deliveries.c.status == "pending")
    await connection.execute(update(deliveries).where(waiting).values(status="failed", outcome=outcome))


async def put_off(connection: AsyncConnection, delivery: UUID, outcome: str, pause: timedelta) -> None:
    """Try again later."""
    await _change(connection, delivery, outcome=outcome, next_at=func.now() + pause)


async def replay(connection: AsyncConnection, subscription: UUID, delivery: UUID) -> Row[Any] | None:
    """Deliver once more from the first attempt on, whatever became of it; ``None`` when there is no such delivery."""
    if found := await find(connection, subscription, delivery):
        await _change(connection, found.id, status="pending", attempts=0, next_at=func.now())
    return await find(connection, subscription, delivery)


async def _change(connection: AsyncConnection, delivery: UUID, **values: Any) -> None:
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(values))


async def page(
    connection: AsyncConnection, subscription: UUID, status: str | None, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """At most ``limit`` deliveries of a subscription, newest first, from ``before`` (an event's number) on."""
    query = _shown().where(deliveries.c.subscription == subscription)
    query = query.where(deliveries.c.status == status) if status else query
    query = query.where(deliveries.c.seq < before) if before is not None else query
    rows: Sequence[Row[Any]] = (await connection.execute(query.order_by(deliveries.c.seq.desc()).limit(limit))).all()
    return rows


async def find(connection: AsyncConnection, subscription: UUID, delivery: UUID) -> Row[Any] | None:
    """One delivery of a subscription."""
    one = (deliveries.c.subscription == subscription) & (deliveries.c.id == delivery)
    row: Row[Any] | None = (await connection.execute(_shown().where(one))).one_or_none()
    return row


def _shown() -> Select[Any]:
    joined = deliveries.join(outgoing, deliveries.c.seq == outgoing.c.seq)
    return select(deliveries, outgoing.c.id.label("event"), outgoing.c.type, outgoing.c.time).select_from(joined)
