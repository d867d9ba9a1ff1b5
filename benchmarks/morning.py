"""3. The morning of J-3: many reminders due within one stretch, two organisations, the API read meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
from sqlalchemy import text

from benchmarks.events import due, opening, siren_of
from benchmarks.findings import Section
from benchmarks.month import Counter
from benchmarks.ourselves import DUE_ON, DUE_PERIOD, OPENED_ON, PENDING, Parcours
from benchmarks.site import ORGANISATION, OTHER_ORGANISATION, OTHER_TOKEN, TOKEN, servers, until

BIG_SHARE = 7
"""One organisation has seven times the volume of the other."""

PROVIDER_RATE = 50.0
"""Letters per second: the product's default."""

P95_GOAL = 10.0
READ_EVERY = 0.2
SPREAD = """
UPDATE journeys SET nudge = nudge + 1, ahead_seconds = extract(epoch FROM wake_at
    - (CAST(:at AS timestamptz) + random() * CAST(:stretch AS interval)))
RETURNING siren, extract(epoch FROM wake_at) - ahead_seconds AS due_at
"""
AWAKE = "SELECT count(*) FROM journeys WHERE nudge > nudged"


@dataclass(frozen=True)
class Morning:
    """When each letter was due and accepted, and what reading cost meanwhile (milliseconds)."""

    delays: dict[str, list[float]]
    reads: list[float]
    busiest: int


async def measure(journeys: int = 200, per_second: float = 4.0) -> Section:
    """``per_second`` reminders fall due each second: the French average peak is 0.4 (see the notes)."""
    async with servers() as site, aiohttp.ClientSession() as session:
        settings = {"PARCOURS_DELIVERIES_PER_SECOND": str(PROVIDER_RATE)}
        async with Parcours(site, **settings) as ours:
            counter = Counter(site.edge.url, session)
            sirens = [siren_of(rank) for rank in range(journeys)]
            small = set(sirens[:: BIG_SHARE + 1])
            await _prepared(ours, counter, sirens, small)
            morning = await _morning(ours, counter, sirens, small, per_second)
    return _section(morning, journeys, per_second)


async def _prepared(ours: Parcours, counter: Counter, sirens: Sequence[str], small: set[str]) -> None:
    for siren in sirens:
        organisation, token = (OTHER_ORGANISATION, OTHER_TOKEN) if siren in small else (ORGANISATION, TOKEN)
        await ours.calls.send([opening(siren, OPENED_ON, organisation)], token)
        await ours.calls.send([due(siren, DUE_PERIOD, DUE_ON)], token)
    await until(lambda: counter.reaches(2 * len(sirens)), 600)
    await until(lambda: ours.none(PENDING))


async def _morning(
    ours: Parcours, counter: Counter, sirens: Sequence[str], small: set[str], per_second: float
) -> Morning:
    await counter.reset()
    at = datetime.now(UTC) + timedelta(seconds=5 + 0.1 * len(sirens))
    stretch = timedelta(seconds=len(sirens) / per_second)
    async with ours.engine.begin() as connection:
        rows = (await connection.execute(text(SPREAD), {"at": at, "stretch": stretch})).all()
    due_at = {row.siren: float(row.due_at) for row in rows}
    await until(lambda: ours.none(AWAKE))
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
    reading = asyncio.create_task(_read(ours, [siren for siren in sirens if siren not in small]))
    await until(lambda: counter.reaches(2 * len(sirens)), 600)
    reading.cancel()
    letters = await counter.letters()
    delays = _delays(letters, due_at, small)
    return Morning(delays, _reads, max(Tally(int(letter[0]) for letter in letters).values()))


_reads: list[float] = []
