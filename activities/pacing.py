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
"""Enough to open letters, in nearly all cases: their turn comes that long after they asked."""

LONGEST_LEAD = timedelta(seconds=1)
LESS = 0.95
"""Of a longer lead that a missed turn made necessary, what the next delivery keeps."""

LATE = timedelta(seconds=0.05)
"""Who comes that long after his turn has missed it: he would leave beside those that follow him."""

AT_A_TIME = 2
"""Letters that leave side by side: a reminder by SMS and mail."""

SOON = timedelta(seconds=2)
"""Worth waiting for with the step: the queue costs twice as much, and more when everybody goes there."""

FRESH = timedelta(seconds=10)
"""How long opened letters may wait for another turn: payments that are told meanwhile are not in them."""

FAR = timedelta(seconds=30)
"""Not waited for: who waits keeps a place, and a turn that an attempt does not live to see is lost to everybody."""

SLOW = timedelta(seconds=5)
CALM = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """When the letters of one delivery may leave, by this process's monotonic clock.

    ``lead``: how long before that they are opened.
    """

    at: float
    lead: timedelta = LEAD

    async def is_near(self) -> None:
        """Return in time to open the letters, whose facts are then fresh."""
        await self._wait(self.lead.total_seconds())

    async def has_come(self) -> None:
        """Return when they may leave."""
        await self._wait(0.0)

    @property
    def is_missed(self) -> bool:
        """Whether it went by while they were opened, or while this process was kept from running."""
        return monotonic() - self.at > LATE.total_seconds()

    async def _wait(self, before: float) -> None:
        left = self.at - before - monotonic()
        if left > 0:
            await asyncio.sleep(left)


NOW = Turn(0.0)
"""Of who has no letter to send, as far as is known: what has to leave all the same asks for another."""


class Pace:
    """At most ``per_second`` letters in any second, of all workers together."""

    def __init__(self, engine: AsyncEngine, per_second: float) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._each = timedelta(seconds=(1 + LATE.total_seconds()) / max(per_second - AT_A_TIME, per_second / 2))
        self._free_at, self._lead = 0.0, LEAD
        self._firsts, self._others = Grouped(self._first), Grouped(self._other)

    @property
    def is_free(self) -> bool:
        """Whether a letter would leave soon, as far as this process knows."""
        return self._free_at - monotonic() < SOON.total_seconds()

    async def turn(self, letters: int) -> Turn | None:
        """The turn of that many letters, asked for in one exchange with those that ask meanwhile; None while far."""
        self._lead = max(LEAD, LESS * self._lead)
        return await self._firsts.carry_out(letters)

    async def another(self, letters: int) -> Turn | None:
        """For open letters that missed theirs; None while far. Those who ask next have longer to open theirs."""
        self._lead = min(2 * self._lead, LONGEST_LEAD)
        return await self._others.carry_out(letters)

    async def _first(self, several: Sequence[int]) -> Sequence[Turn | None]:
        return await self._take(several, self._lead, FAR)

    async def _other(self, several: Sequence[int]) -> Sequence[Turn | None]:
        return await self._take(several, timedelta(), FRESH)

    async def _take(self, several: Sequence[int], lead: timedelta, within: timedelta) -> Sequence[Turn | None]:
        taken = [letters * self._each for letters in several]
        ends = list(accumulate(taken))
        fitting = max(1, sum(end <= within for end in ends))
        async with self._engine.connect() as connection:
            first = await paces.take(connection, LETTERS, ends[fitting - 1], within, lead)
        now = monotonic()
        if first is None:
            first, fitting = within, 0
        self._free_at = now + (first + ends[-1] if fitting == len(several) else within).total_seconds()
        turns = [Turn(now + (first + end - it).total_seconds(), lead) for it, end in zip(taken, ends, strict=True)]
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
