"""What happened and what was said, as it is read; events that could not be applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import events, messages, receipts, timeline

UNAPPLIED = ("waiting", "refused", "expired")


async def timeline_of(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """What happened to an enterprise, in the order it was written."""
    query = select(timeline).where(timeline.c.siren == siren).order_by(timeline.c.id)
    return (await connection.execute(query)).all()


async def messages_of(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """The messages written about an enterprise, whichever organisation followed it, in the order decided."""
    query = select(messages).where(messages.c.siren == siren).order_by(messages.c.queued_at, messages.c.id)
    return (await connection.execute(query)).all()


async def receipts_of(connection: AsyncConnection, siren: str) -> dict[UUID, list[Row[Any]]]:
    """The providers' receipts for an enterprise's messages, by message, in the order they came."""
    at = func.coalesce(receipts.c.at, receipts.c.received_at).label("happened_at")
    joined = receipts.join(messages, receipts.c.message_id == messages.c.id)
    query: Select[Any] = select(receipts.c.message_id, receipts.c.status, receipts.c.code, at).select_from(joined)
    found: dict[UUID, list[Row[Any]]] = {}
    for row in await connection.execute(query.where(messages.c.siren == siren).order_by(receipts.c.id)):
        found.setdefault(row.message_id, []).append(row)
    return found


async def unapplied(
    connection: AsyncConnection, organisation: str, status: str | None, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Events of an organisation kept aside, without their data, oldest first."""
    columns = ("seq", "id", "source", "type", "siren", "time", "status", "problem")
    query = select(*(events.c[name] for name in columns)).where(
        events.c.organisation == organisation,
        events.c.status.in_([status] if status else UNAPPLIED),
        events.c.seq > after,
    )
    return (await connection.execute(query.order_by(events.c.seq).limit(limit))).all()
