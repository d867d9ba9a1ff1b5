"""The ledger: one row per intention, written before any provider is called (COM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import messages


@dataclass(frozen=True)
class NewMessage:
    """An intention; ``status`` is ``queued``, or ``dropped`` with its ``reason``.

    ``due_at``: when it was owed, inside the sending window; what the delay until a provider takes it counts from.
    """

    id: UUID
    siren: str
    organisation: str
    rule: str
    subject: str
    channel: str
    recipient: str
    template: str
    purpose: str
    critical: bool
    immediate: bool
    facts: dict[str, Any]
    status: str
    queued_at: datetime
    reason: str | None = None
    event_id: str | None = None
    valid_until: datetime | None = None
    due_at: datetime | None = None


async def add(connection: AsyncConnection, new: Sequence[NewMessage]) -> list[str]:
    """Write intentions; return the ids of those to deliver, without those already written by an earlier attempt."""
    if not new:
        return []
    statement = insert(messages).on_conflict_do_nothing(constraint="one_intention_one_message")
    written = await connection.execute(statement.returning(messages.c.id, messages.c.status), [vars(n) for n in new])
    return [str(row.id) for row in written if row.status == "queued"]


async def lock(connection: AsyncConnection, message_id: str) -> Row[Any] | None:
    """One message, for this transaction alone."""
    query = select(messages).where(messages.c.id == UUID(message_id)).with_for_update()
    return (await connection.execute(query)).one_or_none()


async def same_subject(connection: AsyncConnection, siren: str, subject: str) -> Sequence[Row[Any]]:
    """What was written to the enterprise itself on one subject, on every channel."""
    to_enterprise = and_(messages.c.siren == siren, messages.c.subject == subject, messages.c.recipient == "enterprise")
    return (await connection.execute(select(messages).where(to_enterprise).order_by(messages.c.channel))).all()


async def change(connection: AsyncConnection, message_id: UUID, **values: Any) -> None:
    """New values of one message."""
    await connection.execute(update(messages).where(messages.c.id == message_id).values(values))


async def requeue(connection: AsyncConnection, siren: str, subject: str, channel: str) -> list[str]:
    """Let a failed message leave once more by the same channel."""
    failed = and_(
        messages.c.siren == siren,
        messages.c.subject == subject,
        messages.c.channel == channel,
        messages.c.recipient == "enterprise",
        messages.c.status == "failed",
    )
    again = update(messages).where(failed).values(status="queued", reason=None, provider_id=None)
    return [str(found) for found in await connection.scalars(again.returning(messages.c.id))]


async def forgotten(connection: AsyncConnection, siren: str, before: datetime) -> list[str]:
    """Messages queued long ago that no delivery has looked at since: whatever lost them, they leave with this step."""
    never_tried = and_(messages.c.siren == siren, messages.c.status == "queued", messages.c.queued_at < before)
    query = select(messages.c.id).where(never_tried, messages.c.attempted_at.is_(None))
    return [str(found) for found in await connection.scalars(query)]
