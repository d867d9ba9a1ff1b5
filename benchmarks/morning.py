"""3. The morning of J-3: many reminders due within one stretch, two organisations, the API read meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from time import perf_counter

import aiohttp
from sqlalchemy import text

from benchmarks.events import due, opening, siren_of
from benchmarks.findings import Goal, Section, Table, quantile
from benchmarks.month import Counter, Letter
from benchmarks.ourselves import DUE_ON, DUE_PERIOD, OPENED_ON, Parcours
from benchmarks.site import ORGANISATION, OTHER_ORGANISATION, OTHER_TOKEN, TOKEN, servers, until

BIG_SHARE = 7
"""One organisation has seven times the volume of the other."""

PROVIDER_RATE = 50.0
"""Letters per second: the product's default."""

OTHER_DUE_ON = date(2031, 1, 12)
"""Reminded five days ahead, by the other organisation's policy: the same day."""

P95_GOAL = 10.0
QUANTILES = (0.5, 0.95, 0.99)
BIG, SMALL = "seven times the volume", "the quiet one"
READ_EVERY = 0.2
SPREAD = """
UPDATE journeys SET nudge = nudge + 1, ahead_seconds = extract(epoch FROM wake_at
    - (CAST(:at AS timestamptz) + random() * CAST(:stretch AS interval)))
WHERE siren = ANY(:sirens) RETURNING siren, CAST(extract(epoch FROM wake_at) - ahead_seconds AS float) AS due_at
"""


@dataclass(frozen=True)
class Morning:
    """When each letter was due and accepted, and what reading cost meanwhile (milliseconds)."""

    delays: dict[str, list[float]]
    reads: list[float]
    busiest: int


async def measure(journeys: int = 120, per_second: float = 4.0) -> Section:
    """``per_second`` reminders, of two letters each, fall due every second."""
    async with servers() as site, aiohttp.ClientSession() as session:
        settings = {"PARCOURS_DELIVERIES_PER_SECOND": str(PROVIDER_RATE)}
        async with Parcours(site, 0, **settings) as ours:
            stage = Stage(ours, Counter(site.edge.url, session), [siren_of(rank) for rank in range(journeys)])
            await stage.prepare()
            morning = await stage.morning(timedelta(seconds=journeys / per_second))
    return _section(morning, journeys, per_second)


class Stage:
    """Two organisations, one seven times the other, each journey with a due date ahead."""

    def __init__(self, ours: Parcours, counter: Counter, sirens: Sequence[str]) -> None:
        self._ours, self._counter, self._sirens = ours, counter, sirens
        self._small = set(sirens[:: BIG_SHARE + 1])

    async def prepare(self) -> None:
        """Enrol everybody and tell the due date."""
        mine = [siren for siren in self._sirens if siren not in self._small]
        for sirens, organisation, due_on, token in (
            (mine, ORGANISATION, DUE_ON, TOKEN),
            (sorted(self._small), OTHER_ORGANISATION, OTHER_DUE_ON, OTHER_TOKEN),
        ):
            await self._ours.calls.send([opening(it, OPENED_ON, organisation) for it in sirens], token)
            await self._ours.calls.send([due(it, DUE_PERIOD, due_on) for it in sirens], token)
        await until(lambda: self._counter.reaches(2 * len(self._sirens)), 600)
        await until(lambda: self._ours.know(self._sirens))

    async def morning(self, stretch: timedelta) -> Morning:
        """Live it, reading one journey after another meanwhile."""
        await self._counter.reset()
        due_at = await self._spread(stretch)
        reads: list[float] = []
        reading = asyncio.create_task(self._read(reads))
        await until(lambda: self._counter.reaches(2 * len(self._sirens)), 600)
        reading.cancel()
        letters = await self._counter.letters()
        busiest = max(Tally(int(letter[0]) for letter in letters).values())
        return Morning(self._delays(letters, due_at), reads, busiest)

    async def _spread(self, stretch: timedelta) -> dict[str, float]:
        at = datetime.now(UTC) + timedelta(seconds=5 + self._ours.lead_each * len(self._sirens))
        before = await self._ours.steps(self._sirens)
        async with self._ours.engine.begin() as connection:
            told = {"at": at, "stretch": stretch, "sirens": list(self._sirens)}
            rows = (await connection.execute(text(SPREAD), told)).all()
        await until(lambda: self._ours.stepped(self._sirens, before))
        if await self._counter.reaches(1):
            raise RuntimeError("the morning began before everybody was ready: give it a longer lead")
        await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
        return {row.siren: row.due_at for row in rows}

    async def _read(self, reads: list[float]) -> None:
        for siren in cycle(siren for siren in self._sirens if siren not in self._small):
            began = perf_counter()
            await self._ours.read(siren)
            reads.append((perf_counter() - began) * 1000)
            await asyncio.sleep(READ_EVERY)

    def _delays(self, letters: Sequence[Letter], due_at: dict[str, float]) -> dict[str, list[float]]:
        by_recipient = {to: siren for siren in due_at for to in (f"{siren}@example.org", f"+336{siren[:8]}")}
        delays: dict[str, list[float]] = {BIG: [], SMALL: []}
        for accepted_at, _, to, _ in letters:
            siren = by_recipient[to]
            delays[SMALL if siren in self._small else BIG].append(accepted_at - due_at[siren])
        return delays


def _section(morning: Morning, journeys: int, per_second: float) -> Section:
    everybody = [delay for delays in morning.delays.values() for delay in delays]
    rows = {**morning.delays, "both": everybody}
    return Section(
        "morning",
        "The morning of J-3",
        (
            Table(
                "Seconds from due to accepted by the provider",
                ("organisation", "letters", "p50", "p95", "p99"),
                tuple((name, len(it), *(round(quantile(it, q), 2) for q in QUANTILES)) for name, it in rows.items()),
                plot="p95",
            ),
            Table(
                "Meanwhile",
                ("what", "value"),
                (
                    ("letters accepted in the busiest second", morning.busiest),
                    ("letters per second allowed by the provider", PROVIDER_RATE),
                    ("one journey over HTTP, p50 ms", round(quantile(morning.reads, 0.5), 1)),
                    ("one journey over HTTP, p99 ms", round(quantile(morning.reads, 0.99), 1)),
                ),
            ),
        ),
        (
            Goal("seconds from due to accepted, p95", quantile(everybody, 0.95), P95_GOAL, at_least=False),
            Goal("busiest second, letters", morning.busiest, PROVIDER_RATE, at_least=False),
        ),
        (
            f"{journeys} journeys fall due at {per_second:g} a second. 200,000 journeys reminded on one day, "
            "over the nine hours of the sending window, would be 6 a second.",
        ),
    )
