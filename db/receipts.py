"""Delivery receipts, kept as they came, once each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import messages, receipts


async def lock(connection: AsyncConnection, provider_id: str) -> None:
    """One transaction at a time about what a provider calls by this id, before we know which message it is."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(2, hashtext(:id))"), {"id": provider_id})


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


async def unmatched(connection: AsyncConnection, provider: str, provider_id: str) -> Sequence[Row[Any]]:
    """Receipts that came before their message."""
    early = (receipts.c.provider == provider, receipts.c.provider_id == provider_id, receipts.c.message_id.is_(None))
    return (await connection.execute(select(receipts).where(*early).order_by(receipts.c.id))).all()


async def match(connection: AsyncConnection, receipt_id: int, message_id: UUID) -> None:
    """Say which message a receipt is about."""
    await connection.execute(update(receipts).where(receipts.c.id == receipt_id).values(message_id=message_id))


async def failures(connection: AsyncConnection, message_id: UUID) -> int:
    """How many receipts say that a message failed."""
    said = (receipts.c.message_id == message_id, receipts.c.status == "failed")
    return await connection.scalar(select(func.count()).where(*said)) or 0
