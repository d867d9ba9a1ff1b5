"""5. Reads at 10,000 and 100,000 journeys, against a query of a bare workflow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from itertools import count
from time import perf_counter

import asyncpg
from temporalio.client import Client

from benchmarks.filling import copies, fill
from benchmarks.findings import Goal, Section, Table, median, quantile
from benchmarks.peers.bare import QUEUE, BareJourney
from benchmarks.site import ORGANISATION, READER, api, part, servers, until
from benchmarks.wire import Wires
from config.temporal import connect
from db.accesses import Access
from db.codec import load_cases
from db.engine import make_engine
from db.opening import JOURNEY
from db.tenancy import OwnRows

WORKFLOWS = 50
QUERY = "query of a bare workflow"
FLOOR = "one row by asyncpg, nothing decoded"
ANSWERED = "an answer over HTTP, nothing read"
STORED, ONE = "one journey, from the database", "one journey, over HTTP"
RATIO_GOAL, P99_GOAL = 20.0, 5.0
Read = Callable[[int], Awaitable[object]]
Latencies = dict[str, list[float]]


class Reads:
    """Every way to read, by name; each is given a number and reads another journey for it."""

    def __init__(
        self, wires: Wires, rows: OwnRows, driver: asyncpg.Connection, temporal: Client, sirens: Sequence[str]
    ) -> None:
        self._wires, self._rows, self._driver, self._temporal, self._sirens = wires, rows, driver, temporal, sirens

    @property
    def all(self) -> Mapping[str, Read]:
        """In the order they alternate."""
        return {
            QUERY: self._query,
            FLOOR: self._floor,
            STORED: self._stored,
            ANSWERED: lambda _: self._get("/healthz"),
            ONE: lambda number: self._journeys(f"/{self._siren(number)}"),
            "timeline": lambda number: self._journeys(f"/{self._siren(number)}/timeline"),
            "upcoming": lambda number: self._journeys(f"/{self._siren(number)}/upcoming"),
            "portfolio, 50": lambda number: self._journeys(f"?limit=50&incident={str(bool(number % 2)).lower()}"),
            "portfolio, by name": lambda number: self._journeys(f"?limit=50&q={self._siren(number)[2:]}"),
        }

    def _siren(self, number: int) -> str:
        return self._sirens[number * 7919 % len(self._sirens)]

    async def _journeys(self, path: str) -> None:
        await self._get(f"/v1/journeys{path}")

    async def _get(self, path: str) -> None:
        request = self._wires.request(path, {"Authorization": f"Bearer {READER}"})
        await self._wires.send(request, 200)

    async def _stored(self, number: int) -> object:
        line = Access(ORGANISATION, "alice.martin", "agent", "GET /v1/journeys/{siren}", self._siren(number))
        [row] = await self._rows.run(ORGANISATION, JOURNEY, vars(line))
        return load_cases(row.state)

    async def _floor(self, number: int) -> object:
        return await self._driver.fetchrow("SELECT state FROM journeys WHERE siren = $1", self._siren(number))

    async def _query(self, number: int) -> object:
        return await self._temporal.get_workflow_handle(f"bare-{number % WORKFLOWS}").query(BareJourney.state)


async def alternate(reads: Mapping[str, Read], rounds: int, each: int) -> Latencies:
    """Milliseconds of every read, a few of each kind in turn; the first of a kind is not counted."""
    numbers = count(1)
    found: Latencies = {name: [] for name in reads}
    for read in reads.values():
        await read(next(numbers))
    for _ in range(rounds):
        for name, read in reads.items():
            for _ in range(each):
                began = perf_counter()
                await read(next(numbers))
                found[name].append((perf_counter() - began) * 1000)
    return found


async def measure(sizes: Sequence[int] = (10_000, 100_000), rounds: int = 20, each: int = 30) -> Section:
    """One at a time, one after another: latencies, not saturation."""
    found: dict[int, Latencies] = {}
    async with servers() as site, api(site) as door:
        temporal, engine = await connect(site.temporal.address, site.temporal.namespace), make_engine(site.postgres.url)
        rows, driver = OwnRows(engine), await asyncpg.connect(site.postgres.url.replace("+asyncpg", ""))
        bare = part("bare", site.home, "-m", "benchmarks.peers.bare", site.temporal.address, site.edge.url)
        with closing(Wires(door.url)) as wires:
            async with bare:
                await _start_queried(temporal)
                for size in sizes:
                    await fill(engine, size)
                    await wires.renew(1)
                    reads = Reads(wires, rows, driver, temporal, copies(size))
                    found[size] = await alternate(reads.all, rounds, each)
        await driver.close()
        await engine.dispose()
    return _section(found)


async def _start_queried(temporal: Client) -> None:
    for number in range(WORKFLOWS):
        await temporal.start_workflow(BareJourney.run, f"{number:09}", id=f"bare-{number}", task_queue=QUEUE)
    last = temporal.get_workflow_handle(f"bare-{WORKFLOWS - 1}")

    async def has_begun() -> bool:
        return (await last.describe()).history_length > 5

    await until(has_begun)


def _section(found: Mapping[int, Latencies]) -> Section:
    rows = [row for size, latencies in found.items() for row in _rows(size, latencies)]
    biggest = found[max(found)]
    query = median(biggest[QUERY])
    columns = ("read", "journeys", "p50 ms", "p95 ms", "p99 ms", "× faster than a query")
    return Section(
        "reads",
        "Reads",
        (Table("One read at a time", columns, tuple(rows), plot="p50 ms"),),
        (
            Goal("one journey read from the database, × a workflow query", query / median(biggest[STORED]), RATIO_GOAL),
            Goal("one journey read over HTTP, × a workflow query", query / median(biggest[ONE]), RATIO_GOAL),
            Goal("one journey over HTTP, p99 ms", quantile(biggest[ONE], 0.99), P99_GOAL, at_least=False),
        ),
        (
            "The query's answer is two numbers from a workflow held in the worker's cache: its best case. The journey "
            "read is what the API does: one statement under row-level security, which also notes who read it, and what "
            "is shown decoded; over HTTP it is also authenticated and written as JSON, for a caller that receives "
            "all of it and parses its status. One row by asyncpg is the least an exchange with this server takes: one "
            "connection, no row-level security, the state left as text. An answer over HTTP with nothing read is "
            "/healthz: the server, the framework, the limits and the log line.",
        ),
    )


def _rows(size: int, latencies: Latencies) -> list[tuple[str | float, ...]]:
    query = median(latencies[QUERY])
    return [
        (
            name,
            size,
            round(median(found), 2),
            round(quantile(found, 0.95), 2),
            round(quantile(found, 0.99), 2),
            round(query / median(found), 1),
        )
        for name, found in latencies.items()
    ]
