"""2. What a month of one journey costs: events and bytes of history, billed actions, rows of the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from benchmarks.caller import Caller, caller
from benchmarks.events import due, incident, opening, payment, siren_of
from benchmarks.findings import Goal, Section, Table
from benchmarks.history import Weight, between, fetch, weigh
from benchmarks.peers.bare import QUEUE, BareJourney
from benchmarks.site import api, part, servers, until, worker
from config.temporal import connect
from db.engine import make_engine
from db.tables import metadata
from domain.calendar import add_months

SETTLED = timedelta(days=62)
SKIPS = TimeSkippingConfig(max_session_skip_count=10_000)
EVENTS_GOAL, ACTIONS_GOAL = 12, 3
OUTSIDE = ("enterprises", "journeys")


class Life:
    """One journey on the server, its clock pushed from outside."""

    def __init__(self, caller: Caller, temporal: Client, engine: AsyncEngine, siren: str) -> None:
        self._caller, self._temporal, self.siren = caller, temporal, siren
        self.handle: WorkflowHandle[Any, Any] = temporal.get_workflow_handle(f"journey-{siren}")
        self._skipper = TimeSkipper(temporal, config=SKIPS)
        self._engine = engine

    async def open(self, opened_on: date) -> None:
        """Open the account and wait until the journey has begun."""
        await self._caller.send([opening(self.siren, opened_on)])
        await until(self._has_begun)

    async def tell(self, event: dict[str, Any]) -> None:
        """An event, dated by the journey's clock, applied."""
        await self._caller.send([{**event, "time": (await self.now()).isoformat()}])
        await until(self._is_applied)

    async def ask(self, path: str, **body: object) -> dict[str, Any]:
        """A request of an agent."""
        return await self._caller.post(path, body)

    async def skip(self, to: datetime) -> None:
        """Let time pass for this journey alone."""
        await self._skipper.fast_forward(self.handle, to - await self.now())

    async def now(self) -> datetime:
        """The journey's clock."""
        return await self._skipper.get_current_time(self.handle)

    async def rows(self) -> dict[str, int]:
        """Rows about this enterprise by table, those apart that do not grow with time."""
        tables = [it for it in metadata.sorted_tables if "siren" in it.c and it.name not in OUTSIDE]
        return {table.name: await self._count(table, table.c.siren == self.siren) for table in tables}

    async def _has_begun(self) -> bool:
        found = await self._caller.get("/v1/journeys?limit=200")
        return any(item["siren"] == self.siren for item in found["items"])

    async def _is_applied(self) -> bool:
        events = metadata.tables["events"]
        return not await self._count(events, (events.c.siren == self.siren) & (events.c.status == "pending"))

    async def _count(self, table: Any, condition: Any) -> int:
        async with self._engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table).where(condition)) or 0)


Month = Callable[[Life, date], Awaitable[None]]


async def quiet_month(life: Life, due_on: date) -> None:
    """A due date stated, paid before it: one reminder."""
    period = _period_before(due_on)
    await life.tell(due(life.siren, period, due_on))
    await life.skip(_at(due_on - timedelta(days=1)))
    await life.tell(payment(life.siren, period, "620.00", due_on))


async def hard_month(life: Life, due_on: date) -> None:
    """A due date stated, a debit sent back, a plan asked for and granted, its first instalment paid."""
    period = _period_before(due_on)
    await life.tell(due(life.siren, period, due_on))
    await life.skip(_at(due_on + timedelta(days=1)))
    await life.tell(incident(life.siren, period, due_on))
    first = due_on + timedelta(days=9)
    halves = [{"due_on": str(day), "amount": "310.00"} for day in (first, first + timedelta(days=30))]
    asked = await life.ask(f"/v1/journeys/{life.siren}/plans", period=period, instalments=halves, reason="Retard")
    await life.skip(_at(due_on + timedelta(days=2)))
    await life.ask(f"/v1/plans/{asked['id']}/decision", decision="accept")
    await life.skip(_at(first - timedelta(days=1)))
    await life.tell(payment(life.siren, period, "310.00", first))


@dataclass(frozen=True)
class Lived:
    """One month of one journey: its history and the rows it left."""

    weight: Weight
    rows: dict[str, int]


async def live(life: Life, month: Month, months: int) -> list[Lived]:
    """Settle for two months, then live some and weigh each."""
    first = date.today()
    await life.open(first)
    await life.skip(_at(first + SETTLED))
    lived = []
    for _ in range(months):
        lived.append(await _one(life, month))
    return lived


async def _one(life: Life, month: Month) -> Lived:
    began, before = await life.now(), await life.rows()
    await month(life, _next_due(began.date()))
    await life.skip(_at(add_months(began.date(), 1)))
    events = between(await fetch(life.handle), began, await life.now())
    after = await life.rows()
    grown = {name: count - before[name] for name, count in after.items() if count > before[name]}
    return Lived(weigh(events), grown)


async def bare_month(temporal: Client) -> Weight:
    """The same month of the bare workflow: a due date told, a reminder."""
    skipper = TimeSkipper(temporal, config=SKIPS)
    handle = await temporal.start_workflow(BareJourney.run, "732829320", id="bare-quiet", task_queue=QUEUE)
    began = await skipper.get_current_time(handle)
    await until(lambda: _has(handle, "ACTIVITY_TASK_COMPLETED"))
    settled = len(await fetch(handle))
    await handle.signal(BareJourney.due, began + timedelta(days=20))
    await until(lambda: _has(handle, "TIMER_STARTED"))
    await skipper.fast_forward(handle, timedelta(days=30))
    return weigh((await fetch(handle))[settled:])


async def _has(handle: WorkflowHandle[Any, Any], kind: str) -> bool:
    return kind in weigh(await fetch(handle)).kinds


async def measure(months: int = 3) -> Section:
    """Live a quiet life and a hard month, with the real server, worker and API."""
    async with servers() as site, api(site) as door, worker(site), caller(door.url) as calls:
        temporal, engine = await connect(site.temporal.address, site.temporal.namespace), make_engine(site.postgres.url)
        quiet = await live(Life(calls, temporal, engine, siren_of(1)), quiet_month, months)
        hard = await live(Life(calls, temporal, engine, siren_of(2)), hard_month, 1)
        async with part("bare", site.home, "-m", "benchmarks.peers.bare", site.temporal.address, site.edge.url):
            bare = await bare_month(temporal)
        await engine.dispose()
    return _section(quiet, hard[0], bare)


def _section(quiet: list[Lived], hard: Lived, bare: Weight) -> Section:
    typical = sorted(quiet, key=lambda it: it.weight.events)[len(quiet) // 2]
    months = {"Parcours, quiet": typical.weight, "Parcours, incident and plan": hard.weight, "bare SDK, quiet": bare}
    kinds = sorted({kind for weight in months.values() for kind in weight.kinds})
    tables = sorted({*typical.rows, *hard.rows})
    return Section(
        "quiet",
        "A month of one journey",
        (
            Table(
                "What Temporal keeps and bills",
                ("month", "history events", "history bytes", "actions"),
                tuple((name, it.events, it.bytes, it.actions) for name, it in months.items()),
                plot="history events",
            ),
            Table(
                "Events by kind",
                ("event", *months),
                tuple((kind, *(it.kinds.get(kind, 0) for it in months.values())) for kind in kinds),
            ),
            Table(
                "Rows written",
                ("table", "quiet month", "incident and plan"),
                tuple((name, typical.rows.get(name, 0), hard.rows.get(name, 0)) for name in tables),
            ),
        ),
        (
            Goal("history events of a quiet month", typical.weight.events, EVENTS_GOAL, at_least=False),
            Goal("Temporal actions of a quiet month", typical.weight.actions, ACTIONS_GOAL, at_least=False),
        ),
        ("The month holds one due date stated, reminded by SMS and mail with a call task, and paid in time.",),
    )


def _period_before(due_on: date) -> str:
    return f"{add_months(due_on.replace(day=1), -1):%Y-%m}"


def _next_due(day: date) -> date:
    fifteenth = day.replace(day=15)
    chosen = fifteenth if day.day < 8 else add_months(fifteenth, 1)
    return chosen + timedelta(days={5: 2, 6: 1}.get(chosen.weekday(), 0))


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
