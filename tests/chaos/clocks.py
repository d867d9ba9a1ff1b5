"""The clocks of the journeys, which move on to the next wake-up of those that have nothing afoot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.chaos.facts import MONDAY

UNSETTLED = "(status IN ('queued', 'sending') OR (status = 'unknown' AND channel = 'sms'))"
CLOCK = "now() + make_interval(secs => ahead_seconds)"
LIVE_ON_MONDAY = "ALTER TABLE journeys ALTER COLUMN ahead_seconds SET DEFAULT {ahead}"
AFOOT = f"""
SELECT (SELECT count(DISTINCT siren) FROM messages WHERE {UNSETTLED})
     + (SELECT count(DISTINCT siren) FROM events WHERE status = 'pending')
     + (SELECT count(*) FROM journeys WHERE nudge > nudged OR wake_at <= {CLOCK} OR step = 0)
"""
LIVING = "SELECT count(*) FROM journeys WHERE siren = ANY(:sirens) AND wake_at IS NOT NULL"
MOVE_ON = f"""
WITH calm AS (
    SELECT siren FROM journeys
    WHERE siren = ANY(:sirens) AND nudge = nudged AND wake_at > {CLOCK}
      AND NOT EXISTS (SELECT FROM messages WHERE messages.siren = journeys.siren AND {UNSETTLED})
      AND NOT EXISTS (SELECT FROM events WHERE events.siren = journeys.siren AND status = 'pending')
    ORDER BY wake_at LIMIT :number FOR UPDATE SKIP LOCKED
)
UPDATE journeys SET ahead_seconds = extract(epoch FROM wake_at - now()) + 1, nudge = nudge + 1
FROM calm WHERE journeys.siren = calm.siren RETURNING journeys.siren, journeys.wake_at
"""


class Clocks:
    """Reads and moves the clocks; every method raises what a database in trouble raises."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def set_to_monday(self) -> None:
        """Each journey that starts from now on lives on that morning."""
        ahead = (MONDAY - datetime.now(UTC)).total_seconds()
        async with self._engine.begin() as connection:
            await connection.execute(text(LIVE_ON_MONDAY.format(ahead=ahead)))

    async def afoot(self) -> int:
        """Enterprises with events to apply, a step to take, or letters without an end."""
        async with self._engine.connect() as connection:
            return int((await connection.execute(text(AFOOT))).scalar_one())

    async def any_lives(self, sirens: Iterable[str]) -> bool:
        """Whether one of them has a wake-up ahead, or something afoot."""
        async with self._engine.connect() as connection:
            living = (await connection.execute(text(LIVING), {"sirens": list(sirens)})).scalar_one()
        return bool(living or await self.afoot())

    async def move_on(self, sirens: Iterable[str], number: int) -> dict[str, date]:
        """Move at most so many of these, the earliest first; the day each has now."""
        async with self._engine.begin() as connection:
            moved = await connection.execute(text(MOVE_ON), {"sirens": list(sirens), "number": number})
            return {row.siren: row.wake_at.date() for row in moved}
