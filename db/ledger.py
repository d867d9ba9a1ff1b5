"""The ledger: one row per intention, written before any provider is called (COM-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Interval,
    Row,
    Text,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import journeys, messages

IN_DOUBT = ("sending", "unknown")
NEVER_SAID = "sans réponse"
"""Why a letter in doubt stays so: nobody will ever say."""

ACCOUNT_REFUSED = "compte refusé par le prestataire"
"""Why a letter waits, before the provider's code: our account or its settings are to be put right."""

UNSETTLED = f"(status IN ('queued', 'sending', 'unknown') AND coalesce(reason, '') <> '{NEVER_SAID}')"
"""Of a row: a delivery has to look at it."""

WAITS_FOR_ACCOUNT = text(f"{UNSETTLED} AND status = 'queued' AND reason LIKE '{ACCOUNT_REFUSED}%'")
"""Of a row of ``messages``."""


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


@dataclass(frozen=True)
class Leaving:
    """What is about to leave in attempt ``attempts`` of a message, at an instant of the wall."""

    message_id: UUID
    attempts: int
    at: datetime
    provider: str
    to: str = field(repr=False)
    title: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)


# Made once: building a statement costs as much as an exchange with the server.
_QUEUED = (
    select(messages)
    .where(messages.c.id.in_(bindparam("ids", expanding=True)), messages.c.status == "queued")
    .order_by(messages.c.id)
    .with_for_update()
)
_LEAVES = (
    update(messages)
    .where(messages.c.id == bindparam("message_id"))
    .values(
        status="sending",
        attempts=bindparam("attempt"),
        attempted_at=bindparam("at"),
        provider=bindparam("by"),
        to=bindparam("address"),
        title=bindparam("heading"),
        text=bindparam("words"),
        html=bindparam("styled"),
    )
)
_AHEAD = (
    select(journeys.c.ahead_seconds * literal_column("interval '1 second'", Interval))
    .where(journeys.c.siren == messages.c.siren)
    .scalar_subquery()
)
_WAS_IN_DOUBT = or_(*(messages.c.status == status for status in IN_DOUBT))
_TAKEN = (
    func.unnest(
        bindparam("ids", type_=ARRAY(messages.c.id.type)),
        bindparam("theirs", type_=ARRAY(Text)),
        bindparam("at", type_=ARRAY(messages.c.sent_at.type)),
    )
    .table_valued(
        column("id", messages.c.id.type), column("theirs", Text), column("at", messages.c.sent_at.type), name="taken"
    )
    .render_derived()
)
_LEFT = (
    update(messages)
    .where(messages.c.id == _TAKEN.c.id)
    .values(
        provider_id=_TAKEN.c.theirs,
        status=case((_WAS_IN_DOUBT, "sent"), else_=messages.c.status),
        reason=case((_WAS_IN_DOUBT, None), else_=messages.c.reason),
        sent_at=case((_WAS_IN_DOUBT, _TAKEN.c.at + _AHEAD), else_=messages.c.sent_at),
    )
    .returning(messages.c.id, messages.c.siren, messages.c.template, messages.c.recipient, messages.c.facts)
)


async def lock(connection: AsyncConnection, message_id: str) -> Row[Any] | None:
    """One message, for this transaction alone."""
    query = select(messages).where(messages.c.id == UUID(message_id)).with_for_update()
    return (await connection.execute(query)).one_or_none()


async def lock_queued(connection: AsyncConnection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Those that wait to leave, for this transaction alone, in the order they were asked for."""
    found = {row.id: row for row in await connection.execute(_QUEUED, {"ids": ids})}
    return [found[it] for it in ids if it in found]


async def unsettled(connection: AsyncConnection, siren: str) -> list[str]:
    """The letters of an enterprise that a delivery has to look at, in the order decided."""
    query = select(messages.c.id).where(messages.c.siren == siren, text(UNSETTLED))
    return [str(it) for it in await connection.scalars(query.order_by(messages.c.queued_at, messages.c.seq))]


async def count_queued(connection: AsyncConnection, ids: Sequence[UUID]) -> int:
    """How many of these wait to leave."""
    query = select(func.count()).where(messages.c.id.in_(ids), messages.c.status == "queued")
    return int((await connection.execute(query)).scalar_one())


async def refused_to_account(connection: AsyncConnection) -> Sequence[tuple[str, str, int]]:
    """How many letters wait for our account at a provider to be put right, by provider and reason."""
    one = (messages.c.provider, messages.c.reason)
    waiting = select(*one, func.count()).where(WAITS_FOR_ACCOUNT).group_by(*one).order_by(*one)
    return [(str(provider), reason, count) for provider, reason, count in map(tuple, await connection.execute(waiting))]


async def wait_for_account(connection: AsyncConnection, message_id: UUID, code: str) -> None:
    """It did not arrive, for a reason that is not its own: it leaves again once our account is put right."""
    await change(
        connection, message_id, status="queued", reason=f"{ACCOUNT_REFUSED} : {code}", provider_id=None, sent_at=None
    )


async def doubtful(connection: AsyncConnection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Those that may have left: an attempt began and nobody knows how it ended."""
    query = select(messages).where(messages.c.id.in_(ids), messages.c.status.in_(IN_DOUBT))
    return (await connection.execute(query.order_by(messages.c.seq))).all()


async def leave(connection: AsyncConnection, leaving: Sequence[Leaving]) -> None:
    """Write what is about to leave."""
    rows = [
        {
            "message_id": it.message_id,
            "attempt": it.attempts,
            "at": it.at,
            "by": it.provider,
            "address": it.to,
            "heading": it.title,
            "words": it.text,
            "styled": it.html,
        }
        for it in leaving
    ]
    await connection.execute(_LEAVES, rows)


async def left(connection: AsyncConnection, provider_ids: Mapping[UUID, str]) -> Sequence[Row[Any]]:
    """A provider has them, by these names; what a receipt has said already stays said. Returns what each was about.

    Letters that left side by side are a microsecond apart, in the order they were decided.
    """
    now = datetime.now(UTC)
    taken = {
        "ids": list(provider_ids),
        "theirs": list(provider_ids.values()),
        "at": [now + timedelta(microseconds=rank) for rank in range(len(provider_ids))],
    }
    return (await connection.execute(_LEFT, taken)).all()


async def same_subject(
    connection: AsyncConnection, siren: str, subject: str, recipient: str = "enterprise"
) -> Sequence[Row[Any]]:
    """What was written to the enterprise itself, or to another recipient, on one subject, on every channel."""
    theirs = and_(messages.c.siren == siren, messages.c.subject == subject, messages.c.recipient == recipient)
    return (await connection.execute(select(messages).where(theirs).order_by(messages.c.channel))).all()


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
