"""The gauges, read from the database at most every few seconds however often they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.metrics import Metrics
from db import gauges
from db.gauges import Readings

log = structlog.stdlib.get_logger("parcours.api")

PATIENCE = timedelta(seconds=2)
UNREADABLE = (SQLAlchemyError, OSError)


@dataclass(frozen=True)
class Reader:
    """A reading of the database and how long it stays fresh: nothing asks for it again sooner, read or not."""

    name: str
    read: Callable[[AsyncConnection], Awaitable[Readings]]
    fresh: timedelta


READERS = (
    Reader("inbox", gauges.inbox, timedelta(seconds=5)),
    Reader("outbox", gauges.outbox, timedelta(seconds=5)),
    Reader("subscribers", gauges.subscribers, timedelta(seconds=5)),
    Reader("promises", gauges.promises, timedelta(seconds=15)),
    Reader("timers", gauges.timers, timedelta(minutes=1)),
    Reader("portfolio", gauges.portfolio, timedelta(minutes=1)),
)


class Gauges:
    """Keeps the gauges of one application fresh."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        self._engine, self._metrics = engine, metrics
        self._asked_at: dict[Reader, float] = {}
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Read again what is no longer fresh; when the database does not answer, withdraw everything."""
        async with self._turn:
            stale = [reader for reader in READERS if self._is_stale(reader)]
            if not stale:
                return
            answers = await self._answers()
            self._metrics.database_answers(answers)
            if answers:
                # Side by side: a database slow at all of them holds up a scrape no longer than at one.
                await asyncio.gather(*(self._look(reader) for reader in stale))
            else:
                self._asked_at.clear()

    def _is_stale(self, reader: Reader) -> bool:
        asked_at = self._asked_at.get(reader)
        return asked_at is None or monotonic() - asked_at >= reader.fresh.total_seconds()

    async def _answers(self) -> bool:
        try:
            async with self._patiently():
                return True
        except UNREADABLE:
            return False

    async def _look(self, reader: Reader) -> None:
        """What cannot be read is withdrawn, and asked for again no sooner than what can."""
        self._asked_at[reader] = monotonic()
        try:
            async with self._patiently() as connection:
                readings = await reader.read(connection)
        except UNREADABLE as error:
            log.warning("gauges are withdrawn", reading=reader.name, reason=type(error).__name__)
            readings = {}
        self._metrics.observe(reader.name, readings)

    @asynccontextmanager
    async def _patiently(self) -> AsyncIterator[AsyncConnection]:
        async with asyncio.timeout(PATIENCE.total_seconds()), self._engine.begin() as connection:
            await gauges.limit(connection, PATIENCE)
            yield connection
