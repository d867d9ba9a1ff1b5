"""4. Events in: how many a second are durably accepted, against signals to bare workflows; Temporal stopped too.

Nothing is processed meanwhile on either side: no worker runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Any

import aiohttp
from temporalio.client import Client

from benchmarks.events import due, siren_of
from benchmarks.findings import Goal, Section, Table, median, quantile
from benchmarks.meter import Meter
from benchmarks.peers.bare import QUEUE, BareJourney
from benchmarks.site import TOKEN, api, servers
from config.temporal import connect

AT_ONCE = 32
BATCH = 500
WORKFLOWS = 50
RATIO_GOAL = 2.0
DUE_ON = date(2031, 2, 17)
Send = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Burst:
    """Events accepted one after another by several senders: rate, latencies, CPU of what accepted them."""

    per_second: float
    p50: float
    p99: float
    cpu_per_thousand: float


async def burst(send: Send, first: int, calls: int, meter: Meter, *, each: int = 1, at_once: int = AT_ONCE) -> Burst:
    """``calls`` calls of ``each`` events, by ``at_once`` senders; latencies in milliseconds."""
    numbers = iter(range(first, first + calls))
    latencies: list[float] = []

    async def sender() -> None:
        for number in numbers:
            began = perf_counter()
            await send(number)
            latencies.append((perf_counter() - began) * 1000)

    with meter:
        await asyncio.gather(*(sender() for _ in range(at_once)))
    count, cost = calls * each, meter.cost
    return Burst(count / cost.seconds, median(latencies), quantile(latencies, 0.99), cost.total / count * 1000)


class Door:
    """The ways in: `POST /v1/events` by one or by many, and a signal."""

    def __init__(self, session: aiohttp.ClientSession, temporal: Client) -> None:
        self._session, self._temporal = session, temporal

    async def single(self, number: int) -> None:
        """One event, one request."""
        await self._post("application/cloudevents+json", _event(f"single-{number}", number))

    async def batch(self, number: int) -> None:
        """Many events, one request."""
        await self._post(
            "application/cloudevents-batch+json", [_event(f"batch-{number}-{rank}", rank) for rank in range(BATCH)]
        )

    async def signal(self, number: int) -> None:
        """One signal to a workflow that runs."""
        handle = self._temporal.get_workflow_handle(f"bare-{number % WORKFLOWS}")
        await handle.signal(BareJourney.due, datetime(2031, 2, 17) + timedelta(seconds=number))

    async def _post(self, content_type: str, body: object) -> None:
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {TOKEN}"}
        async with self._session.post("/v1/events", json=body, headers=headers) as answer:
            if answer.status != 202:
                raise RuntimeError(f"{answer.status}: {await answer.text()}")


def _event(id_: str, rank: int) -> dict[str, Any]:
    return {**due(siren_of(rank % 5_000), "2031-01", DUE_ON), "id": id_}


async def measure(events: int = 1_000, rounds: int = 3) -> Section:
    """Pairs in alternation, ``events`` of each kind a round; then once more with Temporal stopped."""
    async with servers() as site, api(site) as door_part:
        temporal = await connect(site.temporal.address, site.temporal.namespace)
        for number in range(WORKFLOWS):
            await temporal.start_workflow(BareJourney.run, f"{number:09}", id=f"bare-{number}", task_queue=QUEUE)
        async with aiohttp.ClientSession(door_part.url, connector=aiohttp.TCPConnector(limit=0)) as session:
            door = Door(session, temporal)
            stored = {"api": door_part.pid, "postgres": site.pids["postgres"]}
            contest = Contest(door, stored, {"temporal": site.pids["temporal"]}, events)
            for turn in range(rounds):
                await contest.round(turn)
            await site.temporal.stop()
            await contest.without_temporal(rounds)
    return _section(contest.bursts)


class Contest:
    """Bursts by name, in the order they were run."""

    def __init__(self, door: Door, stored: dict[str, int], signalled: dict[str, int], events: int) -> None:
        self._door, self._stored, self._signalled, self._events = door, stored, signalled, events
        self.bursts: dict[str, list[Burst]] = {}

    async def round(self, turn: int) -> None:
        """Signals, events one by one, signals again, events by batches."""
        first = turn * self._events
        await self._run("signals", self._door.signal, first * 2, self._signalled)
        await self._run("one by one", self._door.single, first, self._stored)
        await self._run("signals", self._door.signal, first * 2 + self._events, self._signalled)
        await self._batches("batches", first)

    async def without_temporal(self, turn: int) -> None:
        """The same doors once Temporal has stopped."""
        first = turn * self._events
        await self._run("one by one, Temporal stopped", self._door.single, first, self._stored)
        await self._batches("batches, Temporal stopped", first)

    async def _batches(self, name: str, first: int) -> None:
        calls = max(4, self._events * 5 // BATCH)
        result = await burst(self._door.batch, first, calls, Meter(self._stored), each=BATCH, at_once=4)
        self.bursts.setdefault(name, []).append(result)

    async def _run(self, name: str, send: Send, first: int, pids: dict[str, int]) -> None:
        self.bursts.setdefault(name, []).append(await burst(send, first, self._events, Meter(pids)))


def _section(bursts: dict[str, list[Burst]]) -> Section:
    rate = {name: median([it.per_second for it in found]) for name, found in bursts.items()}
    rows = tuple(
        (
            name,
            round(rate[name]),
            round(rate[name] / rate["signals"], 2),
            round(median([it.p50 for it in found]), 1),
            round(median([it.p99 for it in found]), 1),
            round(median([it.cpu_per_thousand for it in found]), 2),
        )
        for name, found in bursts.items()
    )
    columns = ("way in", "accepted/s", "× signals", "p50 ms per call", "p99 ms per call", "CPU s per 1,000 events")
    return Section(
        "intake",
        "Events in",
        (Table("Durably accepted, nothing processed meanwhile", columns, rows, plot="accepted/s"),),
        (
            Goal("events accepted by batches, × bare signals", rate["batches"] / rate["signals"], RATIO_GOAL),
            Goal("events accepted one by one, × bare signals", rate["one by one"] / rate["signals"], RATIO_GOAL),
        ),
        (
            f"{AT_ONCE} senders for signals and single events, 4 for batches of {BATCH}; the CPU of the sender is not "
            "counted, though it shares the machine.",
            "A signal is accepted without its data being checked, its sender known or a duplicate told apart: an event "
            "passes authentication, a schema and a unique key before it is answered 202.",
        ),
    )
