"""3. The morning of J-3: many reminders due within one stretch, two organisations, API and console read meanwhile.

One journey of each organisation is enrolled and told its due date; the others are copies of their rows, each with a
workflow of its own, started asleep until its moment of the morning.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from random import Random
from time import perf_counter
from typing import Any

import aiohttp
import httpx
from sqlalchemy import text
from temporalio.client import Client

from activities.contract import JOURNEY, JOURNEYS_QUEUE, JourneyStart, workflow_id
from benchmarks.console import sign_in
from benchmarks.events import due, opening, siren_of
from benchmarks.findings import Goal, Section, Table, quantile
from benchmarks.month import Counter, Letter
from benchmarks.ourselves import DUE_ON, DUE_PERIOD, OPENED_ON, Parcours
from benchmarks.site import ORGANISATION, OTHER_ORGANISATION, OTHER_TOKEN, TOKEN, servers, until
from config.policies import load_policies
from config.settings import Settings
from config.temporal import connect
from db import journeys
from domain.rulebook import Rulebook
from domain.step import next_wake

BIG_SHARE = 7
"""One organisation has seven times the volume of the other."""

PROVIDER_RATE = 50.0
"""Letters per second: the product's default."""

HEADROOM = 2.3
"""Letters that the provider takes for each reminder due, when the morning asks for more than that."""

PEAK = 21.0
"""Reminders a second: 200,000 journeys on three days, over nine hours of the sending window, ten times that."""

OTHER_DUE_ON = date(2031, 1, 12)
"""Reminded five days ahead, by the other organisation's policy: the same day."""

P95_GOAL = 10.0
QUANTILES = (0.5, 0.95, 0.99)
BIG, SMALL = "seven times the volume", "the quiet one"
READ_EVERY = 0.2
AT_ONCE = 20
ASLEEP_WITHIN = 0.016
"""Seconds that it takes to start one workflow and see it sleep."""

MODELS = (siren_of(0), siren_of(1))
FIRST_COPY = 10
COPY = """
INSERT INTO {table}
SELECT (jsonb_populate_record(it, CAST(replace(CAST(to_jsonb(it) AS text), it.siren, copy) AS jsonb))).*
FROM {table} it CROSS JOIN unnest(CAST(:copies AS text[])) AS copy WHERE it.siren = :model
"""
REACHED = "UPDATE enterprises SET email = siren || '@example.org', phone = '+336' || left(siren, 8)"
SPREAD = """
UPDATE journeys SET wake_at = it.wake_at, ahead_seconds = it.ahead_seconds
FROM unnest(CAST(:sirens AS text[]), CAST(:wakes AS timestamptz[]), CAST(:aheads AS float[]))
    AS it (siren, wake_at, ahead_seconds)
WHERE journeys.siren = it.siren
"""


@dataclass(frozen=True)
class Sleeper:
    """A journey's own moment of the morning, by its calendar, and when that is on the wall's."""

    siren: str
    wake_at: datetime
    due_at: datetime

    @property
    def ahead(self) -> float:
        """Seconds between the two."""
        return (self.wake_at - self.due_at).total_seconds()


@dataclass(frozen=True)
class Morning:
    """When each letter was due and accepted, and what reading cost meanwhile (milliseconds)."""

    delays: dict[str, list[float]]
    reads: dict[str, list[float]]
    busiest: int


async def measure(count: int = 400, per_second: float = PEAK) -> Section:
    """``per_second`` reminders, of two letters each, fall due every second."""
    async with servers() as site, aiohttp.ClientSession() as session:
        allowed = max(PROVIDER_RATE, HEADROOM * per_second)
        settings = {"PARCOURS_DELIVERIES_PER_SECOND": str(allowed)}
        async with Parcours(site, 0, **settings) as ours:
            temporal = await connect(site.temporal.address, site.temporal.namespace)
            sirens = [siren_of(FIRST_COPY + rank) for rank in range(count)]
            stage = Stage(ours, temporal, Counter(site.edge.url, session), sirens)
            await stage.prepare()
            morning = await stage.morning(timedelta(seconds=count / per_second))
    return _section(morning, count, per_second, allowed)


class Stage:
    """Two organisations, one seven times the other, each journey with a due date ahead."""

    def __init__(self, ours: Parcours, temporal: Client, counter: Counter, sirens: Sequence[str]) -> None:
        self._ours, self._temporal, self._counter = ours, temporal, counter
        self._sirens = sirens
        self._small = set(sirens[:: BIG_SHARE + 1])

    async def prepare(self) -> None:
        """Everybody enrolled, and told the due date."""
        for model, organisation, due_on, token in (
            (MODELS[0], ORGANISATION, DUE_ON, TOKEN),
            (MODELS[1], OTHER_ORGANISATION, OTHER_DUE_ON, OTHER_TOKEN),
        ):
            await self._ours.calls.send([opening(model, OPENED_ON, organisation)], token)
            await self._ours.calls.send([due(model, DUE_PERIOD, due_on)], token)
        await until(lambda: self._counter.reaches(2 * len(MODELS)), 60)
        await until(lambda: self._ours.know(MODELS))
        mine = [siren for siren in self._sirens if siren not in self._small]
        async with self._ours.engine.begin() as connection:
            for model, copies in zip(MODELS, (mine, sorted(self._small)), strict=True):
                for table in ("enterprises", "journeys"):
                    await connection.execute(text(COPY.format(table=table)), {"model": model, "copies": copies})
            await connection.execute(text(REACHED))

    async def morning(self, stretch: timedelta) -> Morning:
        """Live it, reading one journey and one page after another meanwhile."""
        await self._counter.reset()
        due_at = await self._spread(stretch)
        reads: dict[str, list[float]] = {"one journey over HTTP": [], "the console's portfolio": []}
        async with httpx.AsyncClient(base_url=self._ours.api.url) as browser:
            await sign_in(browser)
            reading = [
                asyncio.create_task(_read(self._ours.read, self._mine, reads["one journey over HTTP"])),
                asyncio.create_task(_read(browser.get, ["/console/portefeuille"], reads["the console's portfolio"])),
            ]
            await until(lambda: self._counter.reaches(2 * len(self._sirens)), stretch.total_seconds() + 600, 0.5)
            for it in reading:
                it.cancel()
        letters = await self._counter.letters()
        busiest = max(Tally(int(letter[0]) for letter in letters).values())
        return Morning(self._delays(letters, due_at), reads, busiest)

    @property
    def _mine(self) -> list[str]:
        return [siren for siren in self._sirens if siren not in self._small]

    async def _spread(self, stretch: timedelta) -> dict[str, float]:
        at = datetime.now(UTC) + timedelta(seconds=5 + ASLEEP_WITHIN * len(self._sirens))
        sleepers = await self._sleepers(at, stretch)
        told = {
            "sirens": [it.siren for it in sleepers],
            "wakes": [it.wake_at for it in sleepers],
            "aheads": [it.ahead for it in sleepers],
        }
        async with self._ours.engine.begin() as connection:
            await connection.execute(text(SPREAD), told)
        await self._put_to_sleep(sleepers)
        left = (at - datetime.now(UTC)).total_seconds()
        if left < 0:
            raise RuntimeError("the morning began before everybody was asleep: give it a longer lead")
        await asyncio.sleep(left)
        return {it.siren: it.due_at.timestamp() for it in sleepers}

    async def _sleepers(self, at: datetime, stretch: timedelta) -> list[Sleeper]:
        rulebook, chance = Rulebook.of(load_policies(Settings().policies)), Random(1)
        async with self._ours.engine.connect() as connection:
            big, small = [await journeys.read(connection, model) for model in MODELS]
        sleepers = []
        for siren in self._sirens:
            stored = small if siren in self._small else big
            assert stored is not None
            mine = stored.journey.but(siren=siren)
            wake_at = next_wake(mine, rulebook.world(mine, stored.clock))
            assert wake_at is not None
            sleepers.append(Sleeper(siren, wake_at, at + chance.random() * stretch))
        return sleepers

    async def _put_to_sleep(self, sleepers: Sequence[Sleeper]) -> None:
        waiting = iter(sleepers)

        async def starter() -> None:
            for it in waiting:
                start = JourneyStart(it.siren, 1, it.wake_at, it.ahead)
                id_ = workflow_id(it.siren)
                await self._temporal.start_workflow(JOURNEY, start, id=id_, task_queue=JOURNEYS_QUEUE)

        await asyncio.gather(*(starter() for _ in range(AT_ONCE)))

    def _delays(self, letters: Sequence[Letter], due_at: dict[str, float]) -> dict[str, list[float]]:
        by_recipient = {to: siren for siren in due_at for to in (f"{siren}@example.org", f"+336{siren[:8]}")}
        delays: dict[str, list[float]] = {BIG: [], SMALL: []}
        for accepted_at, _, to, _ in letters:
            siren = by_recipient[to]
            delays[SMALL if siren in self._small else BIG].append(accepted_at - due_at[siren])
        return delays


async def _read(read: Callable[[str], Awaitable[Any]], what: Sequence[str], spent: list[float]) -> None:
    for one in cycle(what):
        began = perf_counter()
        await read(one)
        spent.append((perf_counter() - began) * 1000)
        await asyncio.sleep(READ_EVERY)


def _section(morning: Morning, count: int, per_second: float, allowed: float) -> Section:
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
                "Reading meanwhile, milliseconds",
                ("what", "reads", "p50", "p95", "p99"),
                tuple(
                    (name, len(it), *(round(quantile(it, q), 1) for q in QUANTILES))
                    for name, it in morning.reads.items()
                ),
            ),
            Table(
                "Letters a second",
                ("what", "value"),
                (
                    ("accepted in the busiest second", morning.busiest),
                    ("allowed by the provider", allowed),
                ),
            ),
        ),
        (
            Goal("seconds from due to accepted, p95", quantile(everybody, 0.95), P95_GOAL, at_least=False),
            Goal("busiest second, letters", morning.busiest, allowed, at_least=False),
        ),
        (
            f"{count} journeys fall due at {per_second:g} a second. 200,000 journeys on three days, over nine hours "
            "of the sending window, are 2 a second on average: ten times that are 21.",
        ),
    )
