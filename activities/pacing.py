"""How fast letters leave, whatever the number of workers, and how many leave without passing by the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import accumulate
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncEngine

from db import paces
from db.grouping import Grouped

LETTERS = "letters"
SOON = timedelta(seconds=0.5)
SLOW = timedelta(seconds=5)
CALM = timedelta(minutes=1)


class Pace:
    """``per_second`` letters, of all workers together."""

    def __init__(self, engine: AsyncEngine, per_second: float) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._each = timedelta(seconds=1 / per_second)
        self._free_at = 0.0
        self._together = Grouped(self._take)

    @property
    def is_free(self) -> bool:
        """Whether a letter would leave soon, as far as this process knows."""
        return self._free_at - monotonic() < SOON.total_seconds()

    async def wait_for(self, letters: int) -> None:
        """Return when that many may leave."""
        wait = await self._together.carry_out(letters)
        if wait > timedelta():
            await asyncio.sleep(wait.total_seconds())

    async def _take(self, several: Sequence[int]) -> Sequence[timedelta]:
        """One after the other in time, asked for in one exchange."""
        taken = [letters * self._each for letters in several]
        async with self._engine.connect() as connection:
            first = await paces.take(connection, LETTERS, sum(taken, timedelta()))
        *starts, end = accumulate(taken, initial=first)
        self._free_at = monotonic() + end.total_seconds()
        return starts


class Bulkhead:
    """``rooms`` at a time, and none for a while after one who stayed too long: others wait behind them.

    A workflow task that waits for a delivery keeps its worker's place, and keeps its journey from answering.
    """

    def __init__(self, rooms: int) -> None:
        self._rooms = rooms
        self._closed_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether one more may enter."""
        return self._rooms > 0 and monotonic() >= self._closed_until

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Stay inside."""
        self._rooms -= 1
        began = monotonic()
        try:
            yield
        finally:
            self._rooms += 1
            if monotonic() - began > SLOW.total_seconds():
                self._closed_until = monotonic() + CALM.total_seconds()
