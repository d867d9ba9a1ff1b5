"""The gauges, read from the database at most every few seconds however often they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.metrics import Metrics
from db import gauges
from db.gauges import Readings

PATIENCE = timedelta(seconds=2)


@dataclass(frozen=True)
class Reader:
    """A reading of the database and how long it stays fresh."""

    read: Callable[[AsyncConnection], Awaitable[Readings]]
    fresh: timedelta


READERS = (
    Reader(gauges.inbox, timedelta(seconds=5)),
    Reader(gauges.outbox, timedelta(seconds=5)),
    Reader(gauges.subscribers, timedelta(seconds=5)),
    Reader(gauges.promises, timedelta(seconds=15)),
    Reader(gauges.portfolio, timedelta(minutes=1)),
)


class Gauges:
    """Keeps the gauges of one application fresh."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        self._engine, self._metrics = engine, metrics
        self._read_at: dict[Reader, float] = {}
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Read again what is no longer fresh; when the database does not answer, withdraw everything."""
        async with self._turn:
            stale = [reader for reader in READERS if self._is_stale(reader)]
            try:
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    await self._read(stale)
            except (SQLAlchemyError, OSError):
                self._read_at.clear()
                self._metrics.database_lost()

    def _is_stale(self, reader: Reader) -> bool:
        read_at = self._read_at.get(reader)
        return read_at is None or monotonic() - read_at >= reader.fresh.total_seconds()

    async def _read(self, stale: list[Reader]) -> None:
        if not stale:
            return
        async with self._engine.begin() as connection:
            await gauges.limit(connection, PATIENCE)
            for reader in stale:
                self._metrics.observe(await reader.read(connection))
                self._read_at[reader] = monotonic()
