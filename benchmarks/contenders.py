"""The contenders of the month, driven from outside in the same four strokes."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Self

import asyncpg
from temporalio.client import Client

from benchmarks.peers import cron
from benchmarks.peers.bare import QUEUE, BareJourney
from benchmarks.site import Part, Servers, start, until

PERIOD = "2030-11"
READY = "ready"
WORKER = "worker"
FIRST = ("welcome", "offer")
"""The two mails of an enrolment."""


class Contender(ABC):
    """Its workers are processes of their own; ``engines`` are the servers that hold its state."""

    name: str
    module: str
    engines: tuple[str, ...] = ("postgres",)
    promises: str

    lead_each: float = 0.03
    """Seconds it needs to be told of one reminder before its instant."""

    processes = 1
    """Workers, before it starts."""

    workers: Sequence[Part] = ()

    def __init__(self, site: Servers, turn: int = 0) -> None:
        self.site = site
        self.database = f"{self.module}_{turn}"

    @property
    def pids(self) -> dict[str, int]:
        """Engines and workers, as their CPU is counted."""
        workers = {f"{WORKER} {rank}": it.pid for rank, it in enumerate(self.workers, 1)}
        return {name: self.site.pids[name] for name in self.engines} | workers

    @property
    def url(self) -> str:
        """URL of its own database, for drivers that know no dialect."""
        return self.site.postgres.url_of(self.database).replace("+asyncpg", "")

    async def __aenter__(self) -> Self:
        await self.site.postgres.execute(f"CREATE DATABASE {self.database}")
        await self.prepare()
        await self.start()
        await until(self.ready)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await self.kill()

    async def start(self) -> None:
        """Start the workers."""
        self.workers = [await self.launch() for _ in range(self.processes)]

    async def launch(self) -> Part:
        """One worker more."""
        return await start(self.module, self.site.home, "-m", f"benchmarks.peers.{self.module}", *self.argv)

    async def kill(self) -> None:
        """End the workers by SIGKILL."""
        for it in self.workers:
            await it.stop(signal.SIGKILL)

    @property
    def argv(self) -> Sequence[str]:
        """What the worker is told."""
        return (self.url, self.site.edge.url)

    async def ready(self) -> bool:
        """Whether the worker has made what it needs."""
        return True

    async def in_doubt(self) -> int:
        """Letters it says it cannot be sure of."""
        return 0

    async def prepare(self) -> None:  # noqa: B027 - most need nothing
        """What the worker wants to find."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what drives it."""

    @abstractmethod
    async def enrol(self, sirens: Sequence[str]) -> None:
        """Begin the journeys, two mails each."""

    @abstractmethod
    async def remind(self, sirens: Sequence[str], at: datetime) -> None:
        """See to it that SMS and mail leave at that instant."""

    @abstractmethod
    async def incidents(self, sirens: Sequence[str]) -> None:
        """Tell them at once, by SMS and mail."""

    @abstractmethod
    async def read(self, siren: str) -> object:
        """What is known of one."""


class Bare(Contender):
    """The SDK alone."""

    name, module, engines = "bare Temporal SDK", "bare", ("temporal",)
    promises = "each activity at least once; no ledger: a letter in flight at a kill is sent again"
    temporal: Client

    @property
    def argv(self) -> Sequence[str]:
        return (self.site.temporal.address, self.site.edge.url)

    async def prepare(self) -> None:
        from config.temporal import connect

        self.temporal = await connect(self.site.temporal.address, self.site.temporal.namespace)

    async def enrol(self, sirens: Sequence[str]) -> None:
        for siren in sirens:
            await self.temporal.start_workflow(BareJourney.run, siren, id=f"bare-{siren}", task_queue=QUEUE)

    async def remind(self, sirens: Sequence[str], at: datetime) -> None:
        for siren in sirens:
            await self.temporal.get_workflow_handle(f"bare-{siren}").signal(BareJourney.due, at)

    async def incidents(self, sirens: Sequence[str]) -> None:
        for siren in sirens:
            await self.temporal.get_workflow_handle(f"bare-{siren}").signal(BareJourney.incident, PERIOD)

    async def read(self, siren: str) -> object:
        return await self.temporal.get_workflow_handle(f"bare-{siren}").query(BareJourney.state)


class Least(Bare):
    """What nothing on Temporal can undercut: measured beside the others, no choice for anybody."""

    name, module = "Temporal, one local activity", "least"
    promises = "as the bare SDK, and a kill sends more again; no rule, no ledger: what the engine alone costs"


class Durable(Contender):
    """dbos."""

    name, module = "dbos", "durable"
    promises = "each step at least once; a letter in flight at a kill is sent again"

    @cached_property
    def client(self) -> Any:
        """Known once the worker has made its tables."""
        from dbos import DBOSClient

        from benchmarks.peers.durable import NAME

        return DBOSClient(system_database_url=self.url, application_name=NAME)

    async def close(self) -> None:
        self.client.destroy()

    async def ready(self) -> bool:
        return READY in (self.site.home / f"{self.module}.log").read_text()

    async def enrol(self, sirens: Sequence[str]) -> None:
        for siren in sirens:
            await self._enqueue(siren, "welcome", ["mail"])
            await self._enqueue(siren, "offer", ["mail"])

    async def remind(self, sirens: Sequence[str], at: datetime) -> None:
        for siren in sirens:
            delay = (at - datetime.now(at.tzinfo)).total_seconds()
            await self._enqueue(siren, f"reminder {at}", ["sms", "mail"], delay_seconds=max(0.0, delay))

    async def incidents(self, sirens: Sequence[str]) -> None:
        for siren in sirens:
            await self._enqueue(siren, f"incident {PERIOD}", ["sms", "mail"])

    async def read(self, siren: str) -> object:
        return await self.client.list_workflows_async(workflow_id_prefix=siren)

    async def _enqueue(self, siren: str, what: str, channels: list[str], **more: float) -> None:
        from benchmarks.peers.durable import QUEUE, VERSION

        options = {"workflow_name": "tell", "queue_name": QUEUE, "workflow_id": f"{siren}-{what}"}
        await self.client.enqueue_async({**options, "app_version": VERSION, **more}, siren, what, channels)


class Jobs(Contender):
    """procrastinate."""

    name, module = "procrastinate", "jobs"
    promises = "each job at least once when stalled jobs are retried, which is left to the application"
    app: Any

    async def prepare(self) -> None:
        from benchmarks.peers.jobs import app_of

        self.app = app_of(self.url)
        await self.app.open_async()
        await self.app.schema_manager.apply_schema_async()

    async def close(self) -> None:
        await self.app.close_async()

    async def enrol(self, sirens: Sequence[str]) -> None:
        await self._defer([{"channel": "mail", "siren": siren, "what": what} for siren in sirens for what in FIRST])

    async def remind(self, sirens: Sequence[str], at: datetime) -> None:
        await self._defer(_both(sirens, f"reminder {at}"), schedule_at=at)

    async def incidents(self, sirens: Sequence[str]) -> None:
        await self._defer(_both(sirens, f"incident {PERIOD}"))

    async def read(self, siren: str) -> object:
        query = "SELECT status, scheduled_at FROM procrastinate_jobs WHERE args->>'siren' = %(siren)s"
        return await self.app.connector.execute_query_all_async(query, siren=siren)

    async def _defer(self, letters: list[dict[str, str]], **more: Any) -> None:
        await self.app.configure_task("send", **more).batch_defer_async(*letters)


class Cron(Contender):
    """The loop."""

    name, module = "cron loop, SKIP LOCKED", "cron"
    promises = "a batch at least once: what was sent of it before a kill is sent again"
    pool: asyncpg.Pool

    async def prepare(self) -> None:
        self.pool = await asyncpg.create_pool(self.url, min_size=1)
        await self.pool.execute(cron.SCHEMA)

    async def close(self) -> None:
        await self.pool.close()

    async def enrol(self, sirens: Sequence[str]) -> None:
        now = datetime.now().astimezone()
        await cron.add(self.pool, [(siren, "mail", what, now) for siren in sirens for what in FIRST])

    async def remind(self, sirens: Sequence[str], at: datetime) -> None:
        await self._add(_both(sirens, f"reminder {at}"), at)

    async def incidents(self, sirens: Sequence[str]) -> None:
        await self._add(_both(sirens, f"incident {PERIOD}"), datetime.now().astimezone())

    async def read(self, siren: str) -> object:
        return await self.pool.fetch("SELECT what, at, done_at FROM due WHERE siren = $1", siren)

    async def _add(self, letters: list[dict[str, str]], at: datetime) -> None:
        await cron.add(self.pool, [(it["siren"], it["channel"], it["what"], at) for it in letters])


def _both(sirens: Sequence[str], what: str) -> list[dict[str, str]]:
    return [{"channel": channel, "siren": siren, "what": what} for siren in sirens for channel in ("sms", "mail")]


def peers() -> list[type[Contender]]:
    """Those that are installed."""
    wanted: dict[str, type[Contender]] = {"temporalio": Bare, "dbos": Durable, "procrastinate": Jobs, "asyncpg": Cron}
    return [contender for package, contender in wanted.items() if find_spec(package)]
