"""A worker process that kills itself (or freezes) at a named point, once armed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from datetime import datetime
from multiprocessing.synchronize import Event
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry
from temporalio import activity, client, worker
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.contract import TAKE_STEP
from activities.sending import Post
from db.engine import make_engine
from notifications.ports import Letter, Sender, Sent
from tests.faults.hurry import Hurried
from tests.faults.parts import Parts
from tests.faults.site import Site

FREEZE = "frozen between the row and the call"
POINTS = (
    "in the step, before its commit",
    "in the step, after its commit",
    "before the row",
    "before the call, sms",
    "before the call, mail",
    "before the answer is kept, sms",
    "before the answer is kept, mail",
    "before completion",
)
BETWEEN = "between the step and its letters"
AT_ONCE = (*(it for it in POINTS if it != "before completion"), BETWEEN)
"""Where a step that delivers what it decided may die: it completes once its letters left."""


class Trap:
    """Ends the process where it was told to."""

    def __init__(self, point: str, armed: Event) -> None:
        self._point, self._armed = point, armed

    def reached(self, point: str) -> None:
        if self._armed.is_set() and point == self._point:
            self._armed.clear()
            os.kill(os.getpid(), signal.SIGSTOP if point == FREEZE else signal.SIGKILL)

    def watch(self, engine: AsyncEngine) -> None:
        """Look at what is about to reach the database."""
        event.listen(engine.sync_engine, "before_cursor_execute", self._before_statement)
        event.listen(engine.sync_engine, "commit", self._before_commit)
        event.listen(engine.sync_engine, "checkin", self._after_transaction)

    def _before_statement(self, connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "INSERT INTO messages" in statement:
            connection.info["decides"] = True
        if statement.startswith("UPDATE messages") and _are_sending(parameters):
            self.reached("before the row")
            connection.info["sending"] = True

    def _before_commit(self, connection: Connection) -> None:
        if connection.info.pop("decides", False):
            self.reached("in the step, before its commit")
            connection.info["decided"] = True

    def _after_transaction(self, _: Any, record: ConnectionPoolEntry) -> None:
        if record.info.pop("decided", False):
            self.reached(BETWEEN)
        if record.info.pop("sending", False):
            self.reached(FREEZE)


def _are_sending(parameters: Any) -> bool:
    """Parameters of one row, or of several."""
    return any(row == "sending" or "sending" in row for row in parameters if isinstance(row, str | tuple))


class TrappedSender(Sender):
    """A sender with a trap before the call and one after."""

    def __init__(self, inner: Sender, trap: Trap) -> None:
        self._inner, self._trap = inner, trap

    @property
    def can_find(self) -> bool:
        return self._inner.can_find

    async def send(self, letter: Letter) -> Sent:
        self._trap.reached(f"before the call, {letter.channel}")
        sent = await self._inner.send(letter)
        self._trap.reached(f"before the answer is kept, {letter.channel}")
        return sent

    async def find(self, letter: Letter, since: datetime) -> Sent | None:
        return await self._inner.find(letter, since)


class TrappedActivities(client.Interceptor, worker.Interceptor):
    """A trap between the end of an activity and the report of it."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    def intercept_activity(self, next: worker.ActivityInboundInterceptor) -> worker.ActivityInboundInterceptor:
        return _AfterActivity(next, self._trap)


class _AfterActivity(worker.ActivityInboundInterceptor):
    def __init__(self, next: worker.ActivityInboundInterceptor, trap: Trap) -> None:
        super().__init__(next)
        self._trap = trap

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        result = await super().execute_activity(input)
        step = activity.info().activity_type == TAKE_STEP
        self._trap.reached("in the step, after its commit" if step else "before completion")
        return result


def main(point: str, site: Site, armed: Event) -> None:
    """Work until the trap."""
    asyncio.run(_work(Trap(point, armed), site))


async def _work(trap: Trap, site: Site) -> None:
    engine = make_engine(site.database_url, pool_size=5)
    trap.watch(engine)
    temporal = await client.Client.connect(
        site.temporal_address,
        data_converter=pydantic_data_converter,
        plugins=[Hurried()],
        interceptors=[TrappedActivities(trap)],
    )
    await Parts(engine, temporal, trapped(site.posts(), trap)).start()
    await asyncio.Event().wait()


def trapped(posts: Mapping[str, Post], trap: Trap) -> dict[str, Post]:
    return {channel: Post(post.name, TrappedSender(post.sender, trap)) for channel, post in posts.items()}
