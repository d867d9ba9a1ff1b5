"""Attempts that were refused, written down: all of them while they are few, in sum when somebody floods us."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from config.rates import Meter
from db.accesses import Access, note_refusal

LINES, SLOWED = 200, 20
"""Lines at once for each author, and by how much slower than in a minute they are granted anew: ten a minute, three
megabytes a day at most of a flood that never ends."""

AUTHORS = 10_000

log = structlog.stdlib.get_logger("parcours.audit")


class Refusals:
    """The refusals of a process; those that found no room are counted in the next line of their author."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._meter = Meter(LINES, lambda: clock() / SLOWED)
        self._unwritten: Counter[str] = Counter()

    async def note(self, access: Access) -> None:
        """Write down an attempt; when that fails the answer leaves all the same, for it shows nothing."""
        author = "\n".join((access.organisation, access.role, access.author))
        if self._meter.take(author).wait:
            self._unwritten.update([author] if author in self._unwritten or len(self._unwritten) < AUTHORS else [])
            return
        line = replace(access, times=1 + self._unwritten.pop(author, 0))
        try:
            async with self._engine.begin() as connection:
                await note_refusal(connection, line)
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.warning("a refusal could not be written down", error=type(error).__name__)
