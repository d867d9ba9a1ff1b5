"""4. Events in: how many a second are durably accepted, against signals to bare workflows; Temporal stopped too.

Nothing is processed meanwhile on either side: no worker runs. Requests and handles are made before the clock starts.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from time import perf_counter, process_time
from typing import Any

from temporalio.client import Client

from benchmarks.events import due, siren_of
from benchmarks.findings import Goal, Section, Table, median, quantile
from benchmarks.meter import Meter
from benchmarks.peers.bare import QUEUE, BareJourney
from benchmarks.site import TOKEN, api, servers
from benchmarks.wire import Wires
from config.temporal import connect

AT_ONCE, BATCHES_AT_ONCE = 32, 4
BATCH = 500
WORKFLOWS = 50
RATIO_GOAL = 2.0
DUE_ON = date(2031, 2, 17)
PROCESSES = os.cpu_count() or 1
"""One of the API for each core; Temporal's server uses all of them too."""

CPU = ("CPU ms per event", "of its sender")
Send = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Burst:
    """Events accepted one after another by several senders: rate, latencies, CPU of both sides in ms per event."""

    per_second: float
    p50: float
    p99: float
    accepting: float
    sending: float


async def burst(sends: Sequence[Send], meter: Meter, *, each: int = 1, at_once: int = AT_ONCE) -> Burst:
    """Every call once, by ``at_once`` senders, each of ``each`` events; latencies in milliseconds."""
    waiting, latencies = iter(sends), list[float]()

    async def sender() -> None:
        for send in waiting:
            began = perf_counter()
            await send()
            latencies.append((perf_counter() - began) * 1000)

    own = process_time()
    with meter:
        await asyncio.gather(*(sender() for _ in range(at_once)))
    own, count = process_time() - own, len(sends) * each
    rate, accepting = count / meter.cost.seconds, meter.cost.total / count * 1000
    return Burst(rate, median(latencies), quantile(latencies, 0.99), accepting, own / count * 1000)


class Door:
    """The ways in: `POST /v1/events` by one or by many, and a signal."""

    def __init__(self, calls: Wires, temporal: Client) -> None:
        self._calls, self._temporal = calls, temporal

    async def begin(self) -> None:
        """Connect."""
        await self._calls.renew(AT_ONCE)

    def singles(self, numbers: Iterable[int]) -> list[Send]:
        """One event, one request."""
        return [self._post("application/cloudevents+json", _event(f"single-{it}", it)) for it in numbers]

    def batches(self, numbers: Iterable[int]) -> list[Send]:
        """Many events, one request."""
        many = [[_event(f"batch-{number}-{rank}", rank) for rank in range(BATCH)] for number in numbers]
        return [self._post("application/cloudevents-batch+json", it) for it in many]

    def signals(self, numbers: Iterable[int]) -> list[Send]:
        """One signal to a workflow that runs."""
        return [partial(self._signal, it % WORKFLOWS, datetime(2031, 2, 17) + timedelta(seconds=it)) for it in numbers]

    async def _signal(self, workflow: int, due_at: datetime) -> None:
        await self._temporal.get_workflow_handle(f"bare-{workflow}").signal(BareJourney.due, due_at)

    def _post(self, content_type: str, body: object) -> Send:
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {TOKEN}"}
        return partial(self._calls.send, self._calls.request("/v1/events", headers, body), expected=202)


def _event(id_: str, rank: int) -> dict[str, Any]:
    return {**due(siren_of(rank % 5_000), "2031-01", DUE_ON), "id": id_}


async def measure(events: int = 1_000, rounds: int = 3) -> Section:
    """Pairs in alternation, ``events`` of each kind a round; then once more with Temporal stopped."""
    async with servers() as site, api(site, PARCOURS_API_PROCESSES=str(PROCESSES)) as door_part:
        temporal = await connect(site.temporal.address, site.temporal.namespace)
        for number in range(WORKFLOWS):
            await temporal.start_workflow(BareJourney.run, f"{number:09}", id=f"bare-{number}", task_queue=QUEUE)
        with closing(Wires(door_part.url)) as calls:
            stored = {"api": door_part.pid, "postgres": site.pids["postgres"]}
            contest = Contest(Door(calls, temporal), stored, {"temporal": site.pids["temporal"]}, events)
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
        await self._signals(turn * 2)
        await self._singles("one by one", turn)
        await self._signals(turn * 2 + 1)
        await self._batches("batches", turn)

    async def without_temporal(self, turn: int) -> None:
        """The same doors once Temporal has stopped."""
        await self._singles("one by one, Temporal stopped", turn)
        await self._batches("batches, Temporal stopped", turn)

    async def _signals(self, turn: int) -> None:
        self._keep("signals", await burst(self._door.signals(self._numbers(turn)), Meter(self._signalled)))

    async def _singles(self, name: str, turn: int) -> None:
        sends = self._door.singles(self._numbers(turn))
        await self._door.begin()
        self._keep(name, await burst(sends, Meter(self._stored)))

    async def _batches(self, name: str, turn: int) -> None:
        first, calls = turn * self._events, max(BATCHES_AT_ONCE, self._events * 5 // BATCH)
        sends = self._door.batches(range(first, first + calls))
        await self._door.begin()
        self._keep(name, await burst(sends, Meter(self._stored), each=BATCH, at_once=BATCHES_AT_ONCE))

    def _numbers(self, turn: int) -> range:
        return range(turn * self._events, (turn + 1) * self._events)

    def _keep(self, name: str, found: Burst) -> None:
        self.bursts.setdefault(name, []).append(found)


def _section(bursts: dict[str, list[Burst]]) -> Section:
    rate = {name: median([it.per_second for it in found]) for name, found in bursts.items()}
    rows = tuple(
        (
            name,
            round(rate[name]),
            round(rate[name] / rate["signals"], 2),
            round(median([it.p50 for it in found]), 1),
            round(median([it.p99 for it in found]), 1),
            round(median([it.accepting for it in found]), 2),
            round(median([it.sending for it in found]), 2),
        )
        for name, found in bursts.items()
    )
    columns = ("way in", "accepted/s", "× signals", "p50 ms per call", "p99 ms per call", *CPU)
    return Section(
        "intake",
        "Events in",
        (Table("Durably accepted, nothing processed meanwhile", columns, rows, plot="accepted/s"),),
        (
            Goal("events accepted by batches, × bare signals", rate["batches"] / rate["signals"], RATIO_GOAL),
            Goal("events accepted one by one, × bare signals", rate["one by one"] / rate["signals"], RATIO_GOAL),
        ),
        (
            f"{AT_ONCE} senders for signals and single events, {BATCHES_AT_ONCE} for batches of {BATCH}, all in one "
            f"process that shares the machine; the API runs {PROCESSES}. Signals leave by the SDK, whose core is Rust; "
            "events as bytes made beforehand, on connections that stay open, every answer read and its status checked.",
            "A signal is accepted without its data being checked, its sender known or a duplicate told apart: an event "
            "passes authentication, a schema and a unique key before it is answered 202.",
        ),
    )
