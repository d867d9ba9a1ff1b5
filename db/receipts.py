"""Delivery receipts, kept as they came, once each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import messages, receipts

# The keys are put in order before any is taken: two transactions with the same ids never wait for each other.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(2, key) FROM (SELECT hashtext(id) AS key FROM unnest(CAST(:ids AS text[])) AS it (id)"
    " ORDER BY key OFFSET 0) AS keys"
)
_EARLY = (
    select(receipts, messages.c.id.label("about"))
    .join(messages, (messages.c.provider == receipts.c.provider) & (messages.c.provider_id == receipts.c.provider_id))
    .where(messages.c.id.in_(bindparam("ids", expanding=True)), receipts.c.message_id.is_(None))
    .order_by(receipts.c.id)
)


async def lock(connection: AsyncConnection, provider_ids: Sequence[str]) -> None:
    """One transaction at a time about what a provider calls by these ids, before we know which message it is."""
    await connection.execute(_LOCK, {"ids": list(provider_ids)})


async def keep(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Store a receipt; false when it is known already."""
    statement = insert(receipts).values(values).on_conflict_do_nothing(index_elements=["provider", "event_key"])
    return (await connection.execute(statement.returning(receipts.c.id))).one_or_none() is not None


async def message_of(
    connection: AsyncConnection, provider: str, provider_id: str, message_id: UUID | None
) -> UUID | None:
    """The message a receipt is about, ``None`` while our row does not know the provider's id yet."""
    mine = messages.c.id == message_id if message_id else messages.c.provider_id == provider_id
    return await connection.scalar(select(messages.c.id).where(messages.c.provider == provider, mine))


async def early(connection: AsyncConnection, message_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Receipts that came before the message they are ``about`` knew its provider's id."""
    return (await connection.execute(_EARLY, {"ids": message_ids})).all()


async def match(connection: AsyncConnection, receipt_id: int, message_id: UUID) -> None:
    """Say which message a receipt is about."""
    await connection.execute(update(receipts).where(receipts.c.id == receipt_id).values(message_id=message_id))


async def failures(connection: AsyncConnection, message_id: UUID) -> int:
    """How many receipts say that a message failed."""
    said = (receipts.c.message_id == message_id, receipts.c.status == "failed")
    return await connection.scalar(select(func.count()).where(*said)) or 0
