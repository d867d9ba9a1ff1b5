"""How fast all workers together may go: a row for each limit says when the next may leave."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Lost with a crash of the server, and no harm: who comes first after it starts anew.
_TAKE = text("""
INSERT INTO paces AS known (name, free_at) VALUES (:name, clock_timestamp() + CAST(:taken AS interval))
ON CONFLICT (name) DO UPDATE
SET free_at = greatest(known.free_at, clock_timestamp()) + CAST(:taken AS interval)
RETURNING free_at - CAST(:taken AS interval) - clock_timestamp()
""")


async def take(connection: AsyncConnection, name: str, taken: timedelta) -> timedelta:
    """Take a stretch of time for oneself; return in how long it begins, by the server's clock."""
    wait: timedelta = (await connection.execute(_TAKE, {"name": name, "taken": taken})).scalar_one()
    return max(wait, timedelta())
