"""Answers already given, under the operation a caller's ``Idempotency-Key`` names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import idempotency

ABANDONED_AFTER = timedelta(seconds=30)
"""An operation that has given no answer for so long died with its process: the next one takes it over."""


async def claim(connection: AsyncConnection, operation: UUID, fingerprint: str) -> bool:
    """Whether this operation is now the caller's to carry out; it is not while another does, or once answered."""
    new = insert(idempotency).values(operation=operation, fingerprint=fingerprint)
    abandoned = (idempotency.c.status.is_(None)) & (idempotency.c.started_at < func.now() - ABANDONED_AFTER)
    again = new.on_conflict_do_update(
        index_elements=["operation"],
        set_={"started_at": func.now()},
        where=abandoned & (idempotency.c.fingerprint == fingerprint),
    )
    return (await connection.scalar(again.returning(idempotency.c.operation))) is not None


async def read(connection: AsyncConnection, operation: UUID) -> Row[Any] | None:
    """What is known of an operation; its ``status`` is empty while it is carried out."""
    query = select(idempotency).where(idempotency.c.operation == operation)
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()
    return row


async def answer(
    connection: AsyncConnection, operation: UUID, status: int, media_type: str | None, body: bytes
) -> None:
    """Keep the answer, to be given again."""
    values = {"status": status, "media_type": media_type, "body": body}
    await connection.execute(update(idempotency).where(idempotency.c.operation == operation).values(values))


async def release(connection: AsyncConnection, operation: UUID) -> None:
    """Nothing was done: the same key may be used again."""
    await connection.execute(delete(idempotency).where(idempotency.c.operation == operation))


async def forget(connection: AsyncConnection, older_than: timedelta) -> None:
    """Drop answers nobody will ask for again."""
    await connection.execute(delete(idempotency).where(idempotency.c.started_at < func.now() - older_than))
