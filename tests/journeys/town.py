"""A small town to live journeys in: a database, a worker, an enterprise or two, and a clock that can be pushed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import TimeSkipper, WorkflowEnvironment

import worker
from activities.contract import workflow_id
from config.settings import Settings
from db import events, journeys, slots
from db.engine import make_engine
from db.events import NewEvent
from db.slots import Published
from db.tables import agents, messages, tasks, timeline
from db.tables import journeys as table
from domain.requests import Ask, Reply, Request
from domain.state import Journey
from workflows.client import ask

PARIS = ZoneInfo("Europe/Paris")
SIREN = "552100554"
ACCOUNT = "117000000123456789"
Skip = Callable[[timedelta], Awaitable[None]]
Now = Callable[[str], Awaitable[datetime]]


@dataclass(frozen=True)
class Sent:
    """One row of the ledger, as a test reads it."""

    rule: str
    template: str
    channel: str
    recipient: str
    status: str
    on: date
    at: datetime
    text: str = field(repr=False)
    reason: str | None = None


@dataclass(frozen=True)
class Clock:
    """A server's clock: how to push it, what it says for one journey."""

    skip: Skip
    now: Now


class Town:
    """Everything a test does to a journey and sees of it."""

    def __init__(self, engine: AsyncEngine, temporal: Client, settings: Settings, clock: Clock) -> None:
        self.engine, self.temporal, self.settings = engine, temporal, settings
        self.skip, self.server_now = clock.skip, clock.now
        self.organisations: dict[str, str] = {}
        self._count = 0

    def handle(self, siren: str = SIREN) -> WorkflowHandle[Any, Any]:
        return self.temporal.get_workflow_handle(workflow_id(siren))

    async def tell(self, type_: str, siren: str = SIREN, *, time: datetime | None = None, **data: Any) -> None:
        """An event as the API stores it; returns once its journey has absorbed it and taken the step it asks for."""
        self._count += 1
        happened = time or datetime.now(UTC)
        organisation = self.organisations.get(siren, "urssaf-idf")
        event = NewEvent("test", f"e{self._count}-{uuid4()}", type_, siren, organisation, happened, data)
        async with self.engine.begin() as connection:
            await events.store(connection, [event])
        await self.quiet()

    async def open(self, siren: str = SIREN, **changes: Any) -> None:
        """An ordinary account opening: one employee, no accountant, both ways to reach the enterprise."""
        ordinary = {
            "organisation": "urssaf-idf",
            "account": ACCOUNT,
            "opened_on": datetime.now(PARIS).date().isoformat(),
            "name": "Boulangerie des Écoles",
            "headcount": 1,
            "naf": "10.71C",
            "periodicity": "monthly",
            "contact": {"name": "Zoé Lefèvre", "email": "zoe@example.org", "phone": "+33639980001"},
            "accountant": None,
            "first_hire_on": None,
        }
        data = {**ordinary, **changes}
        self.organisations[siren] = str(data["organisation"])
        await self.tell("account.opened", siren, **data)

    async def ask_extension(self, request_id: str, siren: str = SIREN) -> Reply:
        reply = await ask(self.temporal, siren, Request(request_id, Ask.EXTEND))
        await self.quiet()
        return reply

    async def journey(self, siren: str = SIREN) -> Journey:
        async with self.engine.connect() as connection:
            stored = await journeys.read(connection, siren)
        assert stored is not None
        return stored.journey

    async def until(self, day: date, siren: str = SIREN) -> None:
        """Let time pass to 23:00 of a day."""
        await self.until_instant(datetime(day.year, day.month, day.day, 23, tzinfo=PARIS), siren)

    async def until_instant(self, target: datetime, siren: str = SIREN) -> None:
        """Let time pass to an instant, as the server's clock for this journey tells it."""
        now = await self.server_now(siren)
        if target > now:
            await self.skip(target - now)
        await self.quiet()

    async def quiet(self, seconds: float = 20) -> None:
        """Wait until nothing is on its way: no event to apply, no wake-up owed, no step due, no message in flight."""
        deadline = asyncio.get_running_loop().time() + seconds
        calm = 0
        while calm < 2:
            calm = calm + 1 if await self._is_quiet() else 0
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError("the town does not come to rest")
            await asyncio.sleep(0.03)

    async def _is_quiet(self) -> bool:
        async with self.engine.connect() as connection:
            owed = select(table.c.siren).where(table.c.nudge > table.c.nudged).limit(1)
            if await events.sirens_pending(connection, 1) or (await connection.execute(owed)).first():
                return False
            busy = messages.c.status.in_(("queued", "sending"))
            if (await connection.execute(select(messages.c.id).where(busy).limit(1))).first():
                return False
        return await self._is_asleep()

    async def _is_asleep(self) -> bool:
        async for execution in _journeys(self.temporal, self.engine):
            if execution.status is not WorkflowExecutionStatus.RUNNING:
                continue
            pending = execution.raw_description.pending_activities
            if pending or execution.raw_description.HasField("pending_workflow_task"):
                return False
        return True

    async def messages(self, siren: str = SIREN) -> list[Sent]:
        async with self.engine.connect() as connection:
            query = select(messages).where(messages.c.siren == siren)
            query = query.order_by(messages.c.queued_at, messages.c.channel.desc(), messages.c.sent_at)
            rows = (await connection.execute(query)).all()
        return [_sent(row) for row in rows]

    async def timeline(self, siren: str = SIREN) -> list[Any]:
        async with self.engine.connect() as connection:
            query = select(timeline).where(timeline.c.siren == siren).order_by(timeline.c.id)
            return list((await connection.execute(query)).all())

    async def tasks(self, siren: str = SIREN) -> list[Any]:
        async with self.engine.connect() as connection:
            query = select(tasks).where(tasks.c.siren == siren).order_by(tasks.c.opened_at, tasks.c.key)
            return list((await connection.execute(query)).all())

    async def add_agent(self, agent: str, name: str) -> None:
        async with self.engine.begin() as connection:
            row = {"organisation": "urssaf-idf", "agent": agent, "name": name, "trained": True, "phone": "0199000001"}
            await connection.execute(agents.insert().values(row))

    async def publish(self, agent: str, *starts: datetime) -> str:
        """Slots of an agent, in every format; the id of the first."""
        wanted = [Published(at, 45, ("in_person", "phone", "video")) for at in starts]
        async with self.engine.begin() as connection:
            now = await self.server_now(SIREN)
            return (await slots.publish(connection, "urssaf-idf", agent, wanted, now))[0].id


def _sent(row: Any) -> Sent:
    at = (row.sent_at or row.queued_at).astimezone(PARIS)
    return Sent(
        row.rule, row.template, row.channel, row.recipient, row.status, at.date(), at, row.text or "", row.reason
    )


async def _journeys(temporal: Client, engine: AsyncEngine) -> AsyncIterator[Any]:
    from db.tables import journeys as table

    async with engine.connect() as connection:
        sirens = (await connection.scalars(select(table.c.siren))).all()
    for siren in sirens:
        yield await temporal.get_workflow_handle(workflow_id(siren)).describe()


@asynccontextmanager
async def town(database_url: str, temporal: Client, clock: Clock, **overrides: Any) -> AsyncIterator[Town]:
    """A running town; its worker stops with it."""
    settings = Settings(
        database_url=SecretStr(database_url),
        secret_key=SecretStr("k" * 32),
        public_url="http://127.0.0.1:8000",
        **overrides,
    )
    engine = make_engine(database_url, pool_size=5)
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(settings, engine, temporal, stop))
    try:
        yield Town(engine, temporal, settings, clock)
    finally:
        stop.set()
        await working
        await engine.dispose()


def one_clock(environment: WorkflowEnvironment) -> Clock:
    """Time passes for everybody, on the time-skipping server."""

    async def skip(duration: timedelta) -> None:
        await environment.sleep(duration)

    async def now(_: str) -> datetime:
        return await environment.get_current_time()

    return Clock(skip, now)


def clock_of_each(temporal: Client, siren: str = SIREN) -> Clock:
    """Time passes for one journey, on the development server."""
    passed = timedelta()

    async def skip(duration: timedelta) -> None:
        nonlocal passed
        passed += duration
        handle = temporal.get_workflow_handle(workflow_id(siren))
        await TimeSkipper(temporal).fast_forward(handle, duration)

    async def now(_: str) -> datetime:
        return datetime.now(UTC) + passed

    return Clock(skip, now)
