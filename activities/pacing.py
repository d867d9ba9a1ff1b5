"""How fast letters leave, whatever the number of workers, and how many leave without passing by the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncEngine

from db import paces
from db.grouping import Grouped

LETTERS = "letters"
LEAD = timedelta(seconds=0.1)
"""Enough to open letters, in nearly all cases: all leave that long after they asked, or those that wait for nobody
would leave beside those that follow them.
"""

AT_A_TIME = 2
"""Letters that leave side by side: a reminder by SMS and mail."""

SOON = timedelta(seconds=2)
"""Worth waiting for with the step: the queue costs twice as much, and more when everybody goes there."""

FAR = timedelta(seconds=30)
"""Not waited for: who waits keeps a place, and a turn that an attempt does not live to see is lost to everybody."""

SLOW = timedelta(seconds=5)
CALM = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """When the letters of one delivery may leave, by this process's monotonic clock."""

    at: float

    async def is_near(self) -> None:
        """Return in time to open the letters, whose facts are then fresh."""
        await self._wait(LEAD.total_seconds())

    async def has_come(self) -> None:
        """Return when they may leave."""
        await self._wait(0.0)

    async def _wait(self, before: float) -> None:
        left = self.at - before - monotonic()
        if left > 0:
            await asyncio.sleep(left)


NOW = Turn(0.0)
"""Of who waits for nobody."""


class Pace:
    """At most ``per_second`` letters in any second, of all workers together, when all are opened within ``LEAD``."""

    def __init__(self, engine: AsyncEngine, per_second: float) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._each = timedelta(seconds=1 / max(per_second - AT_A_TIME, per_second / 2))
        self._free_at = 0.0
        self._together = Grouped(self._take)

    @property
    def is_free(self) -> bool:
        """Whether a letter would leave soon, as far as this process knows."""
        return self._free_at - monotonic() < SOON.total_seconds()

    async def turn(self, letters: int) -> Turn | None:
        """The turn of that many letters, asked for in one exchange with those that ask meanwhile; None while far."""
        return await self._together.carry_out(letters)

    async def _take(self, several: Sequence[int]) -> Sequence[Turn | None]:
        taken = [letters * self._each for letters in several]
        ends = list(accumulate(taken))
        fitting = max(1, sum(end <= FAR for end in ends))
        async with self._engine.connect() as connection:
            first = await paces.take(connection, LETTERS, ends[fitting - 1], FAR)
        now = monotonic()
        if first is None:
            first, fitting = FAR, 0
        self._free_at = now + (first + ends[-1] if fitting == len(several) else FAR).total_seconds()
        turns = [Turn(now + (first + end - it + LEAD).total_seconds()) for it, end in zip(taken, ends, strict=True)]
        return [*turns[:fitting], *[None] * (len(several) - fitting)]


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
