"""What was done by signed links lately, counted for all processes together: whoever holds one floods nobody (COM-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import link_deeds

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Limits:
    """Deeds in an hour: by one link, of one kind for an enterprise, of all kinds for an enterprise."""

    link: int
    kind: int
    enterprise: int


async def take(connection: AsyncConnection, siren: str, link: str, kind: str, limits: Limits) -> timedelta | None:
    """Count a deed, or say how long to wait when one of the limits is reached; what is refused is not counted."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(4, hashtext(:siren))"), {"siren": siren})
    now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    mine = link_deeds.c.siren == siren
    await connection.execute(delete(link_deeds).where(mine, link_deeds.c.at <= now - HOUR))
    rows = (await connection.execute(select(link_deeds).where(mine).order_by(link_deeds.c.at))).all()
    waits = (
        _wait([it.at for it in rows if it.link == link], limits.link, now),
        _wait([it.at for it in rows if it.kind == kind], limits.kind, now),
        _wait([it.at for it in rows], limits.enterprise, now),
    )
    longest = max(waits)
    if longest > timedelta():
        return longest
    await connection.execute(insert(link_deeds).values(siren=siren, link=link, kind=kind, at=now))
    return None


def _wait(deeds: Sequence[datetime], limit: int, now: datetime) -> timedelta:
    """Until the deed that makes one too many is an hour old."""
    return deeds[-limit] + HOUR - now if len(deeds) >= limit else timedelta()
