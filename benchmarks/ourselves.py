"""Parcours as a contender: events in by HTTP, the real worker, and a calendar that the benchmark moves on.

The journeys live on a Monday of January 2031, whatever the hour of the machine, so that the sending window is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.caller import Caller, caller
from benchmarks.contenders import PERIOD, Contender
from benchmarks.events import due, incident, opening
from benchmarks.site import PARCOURS, Part, Servers, api, environment, start, until
from db.engine import make_engine

MONDAY = datetime(2031, 1, 6, 8, tzinfo=UTC)
OPENED_ON, DUE_PERIOD, DUE_ON, MISSED_ON = date(2030, 11, 20), "2030-12", date(2031, 1, 10), date(2030, 12, 16)
LIVE_ON_MONDAY = "ALTER TABLE journeys ALTER COLUMN ahead_seconds SET DEFAULT {ahead}"
MOVE_ON = """
UPDATE journeys SET ahead_seconds = extract(epoch FROM wake_at - CAST(:at AS timestamptz)), nudge = nudge + 1
WHERE siren = ANY(:sirens)
"""
UNAWARE = "SELECT count(*) FROM journeys WHERE siren = ANY(:sirens) AND wake_at > '2031-01-08'"
UNKNOWN = "SELECT count(*) FROM messages WHERE status = 'unknown'"
STEPPED = "SELECT sum(step) FROM journeys WHERE siren = ANY(:sirens)"


class Parcours(Contender):
    """API, worker, ledger and rules included."""

    name, module, engines = "Parcours", "parcours_itself", ("temporal", "postgres")
    promises = "each message once or explained, by a ledger that asks the provider when in doubt"

    lead_each = 0.2
    api: Part
    calls: Caller
    engine: AsyncEngine

    def __init__(self, site: Servers, turn: int = 0, **settings: str) -> None:
        super().__init__(site, turn)
        self._settings = settings
        self._stack = AsyncExitStack()

    @property
    def pids(self) -> dict[str, int]:
        return {**super().pids, "api": self.api.pid}

    async def launch(self) -> Part:
        told = environment(self.site, 0, **self._settings)
        return await start("worker", self.site.home, *PARCOURS, "worker", env=told)

    async def prepare(self) -> None:
        self.engine = make_engine(self.site.postgres.url)
        async with self.engine.begin() as connection:
            ahead = (MONDAY - datetime.now(UTC)).total_seconds()
            await connection.execute(text(LIVE_ON_MONDAY.format(ahead=ahead)))
        self.api = await self._stack.enter_async_context(api(self.site))
        self.calls = await self._stack.enter_async_context(caller(self.api.url))

    async def close(self) -> None:
        await self._stack.aclose()
        await self.engine.dispose()

    async def enrol(self, sirens: Sequence[str]) -> None:
        await self.calls.send([opening(siren, OPENED_ON) for siren in sirens])

    async def remind(self, sirens: Sequence[str], at: datetime) -> None:
        await self.calls.send([due(siren, DUE_PERIOD, DUE_ON) for siren in sirens])
        await until(lambda: self.know(sirens))
        before = await self.steps(sirens)
        async with self.engine.begin() as connection:
            await connection.execute(text(MOVE_ON), {"sirens": list(sirens), "at": at})
        await until(lambda: self.stepped(sirens, before))

    async def incidents(self, sirens: Sequence[str]) -> None:
        await self.calls.send([incident(siren, PERIOD, MISSED_ON) for siren in sirens])

    async def in_doubt(self) -> int:
        async with self.engine.connect() as connection:
            return int(await connection.scalar(text(UNKNOWN)) or 0)

    async def read(self, siren: str) -> object:
        return await self.calls.get(f"/v1/journeys/{siren}")

    async def know(self, sirens: Sequence[str]) -> bool:
        """Whether all have taken in their due date."""
        return await self._count(UNAWARE, sirens) == 0

    async def stepped(self, sirens: Sequence[str], before: int) -> bool:
        """Whether all have taken a step since."""
        return await self.steps(sirens) >= before + len(sirens)

    async def steps(self, sirens: Sequence[str]) -> int:
        """Steps taken so far by all of them."""
        return await self._count(STEPPED, sirens)

    async def _count(self, query: str, sirens: Sequence[str]) -> int:
        async with self.engine.connect() as connection:
            return int(await connection.scalar(text(query), {"sirens": list(sirens)}) or 0)
