"""How fast all workers together may go: a row for each limit says when the next may leave."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FARTHEST = timedelta(minutes=10)

# Lost with a crash of the server, and no harm: who comes first after it starts anew.
_TAKE = text("""
INSERT INTO paces AS known (name, free_at)
VALUES (:name, clock_timestamp() + CAST(:lead AS interval) + CAST(:taken AS interval))
ON CONFLICT (name) DO UPDATE
SET free_at = greatest(
    CASE WHEN known.free_at <= clock_timestamp() + CAST(:never AS interval) THEN known.free_at END,
    clock_timestamp() + CAST(:lead AS interval)
) + CAST(:taken AS interval)
WHERE known.free_at <= clock_timestamp() + CAST(:within AS interval)
   OR known.free_at > clock_timestamp() + CAST(:never AS interval)
RETURNING free_at - CAST(:taken AS interval) - clock_timestamp()
""")


async def take(
    connection: AsyncConnection, name: str, taken: timedelta, within: timedelta, lead: timedelta = timedelta()
) -> timedelta | None:
    """Take a stretch of time for oneself, that begins after ``lead``; return in how long, by the server's clock.

    ``None``, and nothing is taken, when it would begin later than ``within``. Nobody goes further ahead than
    ``FARTHEST``: what is found there was written before the clock was put back.
    """
    longest = FARTHEST - max(within, lead)
    given = {"name": name, "taken": min(taken, longest), "within": within, "lead": lead, "never": FARTHEST}
    wait: timedelta | None = (await connection.execute(_TAKE, given)).scalar_one_or_none()
    return None if wait is None else max(wait, timedelta())
