"""The messages that no provider carries, for development."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import enterprises, messages

WRITTEN = ("id", "siren", "organisation", "channel", "to", "title", "text", "status", "rule", "sent_at")
LISTED = (*WRITTEN, "recipient", "reason", "queued_at", "due_at")
_NEWEST = (messages.c.sent_at.desc().nulls_last(), messages.c.queued_at.desc(), messages.c.seq.desc())


@dataclass(frozen=True)
class Wanted:
    """What is looked for: some ``channels``; the enterprise, the recipient and the statuses, where they are said."""

    channels: Collection[str]
    siren: str = ""
    recipient: str = ""
    statuses: Collection[str] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a message has to be."""
        of_one = [messages.c[name] == value for name, value in self._named().items() if value]
        there = [messages.c.status.in_(self.statuses)] if self.statuses else []
        return [messages.c.channel.in_(self.channels), *of_one, *there]

    def _named(self) -> dict[str, str]:
        return {"siren": self.siren, "recipient": self.recipient}


async def written(connection: AsyncConnection, wanted: Wanted, limit: int) -> Sequence[Row[Any]]:
    """The newest messages that have words."""
    query = select(*(messages.c[name] for name in WRITTEN)).where(messages.c.text.is_not(None), *wanted.conditions())
    return (await connection.execute(query.order_by(*_NEWEST).limit(limit))).all()


async def listed(connection: AsyncConnection, wanted: Wanted, limit: int, offset: int) -> Sequence[Row[Any]]:
    """Some messages, the newest first, with the name of the enterprise."""
    query = _named().where(*wanted.conditions()).order_by(*_NEWEST).limit(limit).offset(offset)
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return rows


async def by_status(connection: AsyncConnection, wanted: Wanted) -> dict[str, int]:
    """How many messages there are in each status."""
    query = (
        select(messages.c.status, func.count().label("many")).where(*wanted.conditions()).group_by(messages.c.status)
    )
    return {row.status: row.many for row in await connection.execute(query)}


async def one(connection: AsyncConnection, message: UUID, channels: Collection[str]) -> Row[Any] | None:
    """A message of these channels, with its HTML where it has one."""
    found = _named(messages.c.html).where(messages.c.id == message, messages.c.channel.in_(channels))
    row: Row[Any] | None = (await connection.execute(found)).one_or_none()
    return row


async def written_to_last(connection: AsyncConnection) -> Row[Any, Any] | None:
    """The enterprise that was written to last, and the epoch of its contact."""
    theirs = messages.c.text.is_not(None) & (messages.c.recipient == "enterprise")
    query = select(enterprises.c.siren, enterprises.c.contact_epoch).join_from(
        messages, enterprises, messages.c.siren == enterprises.c.siren
    )
    return (await connection.execute(query.where(theirs).order_by(messages.c.seq.desc()).limit(1))).one_or_none()


def _named(*more: ColumnElement[Any]) -> Select[Any]:
    """Messages with the name of the enterprise."""
    columns: tuple[Any, ...] = (*(messages.c[name] for name in LISTED), *more, enterprises.c.name)
    return select(*columns).join_from(messages, enterprises, messages.c.siren == enterprises.c.siren, isouter=True)
