"""What happened and what was said, as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.alone import Alone
from db.tables import messages, receipts, timeline

_RECEIPTS: Select[Any] = (
    select(
        receipts.c.message_id,
        receipts.c.status,
        receipts.c.code,
        func.coalesce(receipts.c.at, receipts.c.received_at).label("happened_at"),
    )
    .join_from(receipts, messages, receipts.c.message_id == messages.c.id)
    .where(messages.c.siren == bindparam("enterprise"))
    .order_by(receipts.c.id)
)
RECEIPTS = Alone.of(_RECEIPTS)
"""Those of one ``enterprise``, in the order they came."""

SENT = Alone.of(
    select(messages.c.id, messages.c.channel, messages.c.title, messages.c.text, messages.c.sent_at)
    .where(
        messages.c.siren == bindparam("enterprise"),
        messages.c.recipient == "enterprise",
        (messages.c.status == "sent") | (messages.c.status == "delivered"),
        messages.c.text.is_not(None),
    )
    .order_by(messages.c.sent_at.desc(), messages.c.id)
)
"""The letters that left for one ``enterprise`` itself and are still kept in full, the newest first."""


async def timeline_of(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """What happened to an enterprise, in the order it was written."""
    query = select(timeline).where(timeline.c.siren == siren).order_by(timeline.c.id)
    return (await connection.execute(query)).all()


async def messages_of(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """The messages written about an enterprise, whichever organisation followed it, in the order decided."""
    query = select(messages).where(messages.c.siren == siren).order_by(messages.c.queued_at, messages.c.seq)
    return (await connection.execute(query)).all()


async def receipts_of(connection: AsyncConnection, siren: str) -> dict[UUID, list[Any]]:
    """The providers' receipts for an enterprise's messages, by message, in the order they came."""
    return by_message(await connection.execute(_RECEIPTS, {"enterprise": siren}))


def by_message(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    """Receipts, by message."""
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found
