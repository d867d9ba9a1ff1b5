"""What the pages read and write: the choices made on them, messages to show, satisfaction answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.news import News, inform
from db.tables import enterprises, events, messages, surveys
from domain.messages import LEFT

SOURCE = "parcours/portal"
"""The ``source`` of the events that the pages store."""

REMINDING = ("REM-2", "REM-4", "PLN-6")
"""The rules whose letters remind of what is to be paid or declared, or correct it."""


async def choices(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """What an enterprise chose on the pages, oldest first, applied or not."""
    query = select(events).where(events.c.siren == siren, events.c.source == SOURCE)
    return (await connection.execute(query.order_by(events.c.seq))).all()


async def sent(connection: AsyncConnection, siren: str, limit: int) -> Sequence[Row[Any]]:
    """The latest messages that left for the enterprise itself and are still kept in full."""
    shown = ("channel", "title", "text", "sent_at")
    query = select(*(messages.c[name] for name in shown)).where(
        messages.c.siren == siren, messages.c.recipient == "enterprise", messages.c.status.in_(LEFT)
    )
    query = query.where(messages.c.text.is_not(None))
    return (await connection.execute(query.order_by(messages.c.sent_at.desc()).limit(limit))).all()


async def reminders(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """What became of the reminders of an enterprise's due dates and instalments, and of their corrections."""
    shown = ("subject", "channel", "status", "reason", "sent_at")
    theirs = (messages.c.siren == siren) & (messages.c.recipient == "enterprise")
    query = select(*(messages.c[name] for name in shown)).where(theirs, messages.c.rule.in_(REMINDING))
    return (await connection.execute(query.order_by(messages.c.seq))).all()


async def accountant_of(connection: AsyncConnection, siren: str, message: UUID) -> str | None:
    """The address that a letter about an enterprise was sent to as its accountant's."""
    one = (messages.c.id == message) & (messages.c.siren == siren) & (messages.c.recipient == "accountant")
    address: str | None = await connection.scalar(select(messages.c.to).where(one))
    return address


async def clients(connection: AsyncConnection, accountant: str) -> Sequence[Row[Any, Any]]:
    """Number and name of the enterprises whose accountant has this address now, by name."""
    theirs = func.lower(enterprises.c.accountant_email) == accountant.lower()
    query = select(enterprises.c.siren, enterprises.c.name).where(theirs)
    return (await connection.execute(query.order_by(enterprises.c.folded_name, enterprises.c.siren))).all()


async def copies(
    connection: AsyncConnection, accountant: str, sirens: Collection[str], since: datetime, limit: int
) -> Sequence[Row[Any]]:
    """The latest letters that left for this address about some enterprises, enterprise by enterprise."""
    shown = ("siren", "channel", "title", "text", "sent_at")
    theirs = messages.c.siren.in_(sirens) & (messages.c.recipient == "accountant") & (messages.c.template != "clients")
    left = messages.c.status.in_(LEFT) & (messages.c.sent_at > since) & messages.c.text.is_not(None)
    query = select(*(messages.c[name] for name in shown)).where(
        theirs, left, func.lower(messages.c.to) == accountant.lower()
    )
    latest = query.order_by(messages.c.sent_at.desc()).limit(limit).subquery()
    ordered = select(latest).order_by(latest.c.siren, latest.c.sent_at.desc())
    return (await connection.execute(ordered)).all()


async def answered(connection: AsyncConnection, siren: str, moment: str) -> bool:
    """The enterprise already said what it thinks of this moment (SAT-1)."""
    one = select(surveys).where(surveys.c.siren == siren, surveys.c.moment == moment)
    return bool(await connection.scalar(select(exists(one))))


async def answer(
    connection: AsyncConnection, siren: str, moment: str, satisfaction: int, effort: int, comment: str | None
) -> None:
    """Keep the first answer about a moment, marks from 1 to 5; a later one replaces nothing."""
    values = {
        "siren": siren,
        "moment": moment,
        "satisfaction": satisfaction,
        "effort": effort,
        "comment": comment,
    }
    kept = await connection.execute(insert(surveys).values(values).on_conflict_do_nothing())
    if kept.rowcount:
        told = News(
            siren, f"survey:{siren}:{moment}", "survey.answered", {"moment": moment, "satisfaction": satisfaction}
        )
        await inform(connection, SOURCE, [told], datetime.now(UTC))
