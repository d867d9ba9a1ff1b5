"""6. How costs grow: memory and disk per open journey.

The portfolio is inserted at once; the workflows are the real loop, started asleep as a journey's is between two steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.contract import JOURNEY, JOURNEYS_QUEUE, JourneyStart, workflow_id
from benchmarks.filling import copies, fill
from benchmarks.findings import Section, Table
from benchmarks.meter import MEGABYTE, resident_megabytes
from benchmarks.site import Part, Servers, servers, until, worker
from config.temporal import connect
from db.engine import make_engine
from worker import CACHED_WORKFLOWS

AT_ONCE, BATCH = 20, 1_000
SETTLED = 2.0


@dataclass(frozen=True)
class Size:
    """What a number of open journeys holds: megabytes of memory and of disk."""

    journeys: int
    worker: float
    temporal: float
    temporal_disk: float
    database: float


async def grow(site: Servers, sizes: Sequence[int]) -> list[Size]:
    """Bring the number of open journeys from none to each size in turn."""
    temporal, engine = await connect(site.temporal.address, site.temporal.namespace), make_engine(site.postgres.url)
    async with worker(site) as running:
        # The worker imports and connects before anything is weighed.
        await asyncio.sleep(2 * SETTLED)
        found, before = [await _weigh(site, engine, running, 0)], 0
        for size in sizes:
            await fill(engine, size)
            await _put_to_sleep(temporal, copies(size)[before:])
            print(f"    {size} journeys asleep", flush=True)
            found.append(await _weigh(site, engine, running, size))
            before = size
    await engine.dispose()
    return found


async def _put_to_sleep(temporal: Client, sirens: Sequence[str]) -> None:
    """A batch at a time: the worker takes longer to put a journey to sleep than the server to start it."""
    wake_at = datetime.now(UTC) + timedelta(days=30)
    for first in range(0, len(sirens), BATCH):
        await _start(temporal, sirens[first : first + BATCH], wake_at)
    await asyncio.sleep(SETTLED)


async def _start(temporal: Client, sirens: Sequence[str], wake_at: datetime) -> None:
    left = iter(sirens)

    async def starter() -> None:
        for siren in left:
            start = JourneyStart(siren, 1, wake_at)
            await temporal.start_workflow(JOURNEY, start, id=workflow_id(siren), task_queue=JOURNEYS_QUEUE)

    await asyncio.gather(*(starter() for _ in range(AT_ONCE)))
    for siren in sirens[-AT_ONCE:]:
        await until(lambda siren=siren: _sleeps(temporal, siren))  # type: ignore[misc]


async def _sleeps(temporal: Client, siren: str) -> bool:
    return (await temporal.get_workflow_handle(workflow_id(siren)).describe()).history_length >= 5


async def _weigh(site: Servers, engine: AsyncEngine, running: Part, size: int) -> Size:
    async with engine.connect() as connection:
        stored = await connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
    files = sum(file.stat().st_size for file in site.home.glob("temporal.db"))
    memory = resident_megabytes(running.pid), resident_megabytes(site.pids["temporal"])
    return Size(size, *memory, files / MEGABYTE, stored / MEGABYTE)


async def measure(sizes: Sequence[int] = (1_000, 2_000, 3_000)) -> Section:
    """Sizes are numbers of open journeys."""
    async with servers() as site:
        found = await grow(site, sizes)
    return _section(found)


def _section(found: Sequence[Size]) -> Section:
    columns = ("open journeys", "worker MB", "Temporal MB", "Temporal disk MB", "PostgreSQL disk MB")
    rows = [tuple(round(it, 1) for it in vars(size).values()) for size in found]
    return Section(
        "growth",
        "Growth",
        (
            Table("What open journeys hold", columns, tuple(rows), plot="Temporal disk MB"),
            Table(
                "Kilobytes for one more open journey",
                ("up to", *columns[1:]),
                tuple(_more(before, after) for before, after in pairwise(found)),
            ),
        ),
        notes=(
            f"The worker keeps {CACHED_WORKFLOWS} workflows in its cache: beyond, a journey that wakes is replayed. "
            "The rows of PostgreSQL are the state, the contact details and the timeline of lives of up to 18 months.",
        ),
    )


def _more(before: Size, after: Size) -> tuple[float, ...]:
    count = after.journeys - before.journeys
    weights = zip(list(vars(before).values())[1:], list(vars(after).values())[1:], strict=True)
    return after.journeys, *(round((more - less) * 1024 / count, 1) for less, more in weights)
