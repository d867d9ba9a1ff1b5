"""The three parts of a worker process, each started and stopped alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker

import worker
from activities.relay import Relay
from activities.sending import Post
from activities.stepping import Stepping
from domain.rulebook import Rulebook
from tests.faults.site import delivering_of, rulebook_of
from workflows.client import nudge

ALL = ("journeys", "deliveries", "relay")


class Parts:
    """As `worker.run` builds them, over the posts given."""

    def __init__(self, engine: AsyncEngine, temporal: Client, posts: Mapping[str, Post]) -> None:
        self._engine, self._temporal, self.posts = engine, temporal, posts
        self._running: dict[str, AsyncExitStack] = {}

    async def start(self, *names: str) -> None:
        """Start these parts, or all."""
        rulebook = await rulebook_of(self._engine)
        for name in names or ALL:
            stack = self._running[name] = AsyncExitStack()
            if name == "relay":
                await self._start_relay(stack, rulebook)
            else:
                await stack.enter_async_context(self._worker(name, rulebook))

    async def stop(self, *names: str) -> None:
        """Stop these parts, or all that run."""
        await asyncio.gather(*(self._running.pop(name).aclose() for name in names or tuple(self._running)))

    def _worker(self, name: str, rulebook: Rulebook) -> Worker:
        delivering = delivering_of(self._engine, rulebook, self.posts)
        if name == "journeys":
            return worker.journeys_worker(self._temporal, Stepping(self._engine, rulebook, delivering.at_once))
        return worker.deliveries_worker(self._temporal, delivering)

    async def _start_relay(self, stack: AsyncExitStack, rulebook: Rulebook) -> None:
        stop = asyncio.Event()
        relay = Relay(self._engine, rulebook, partial(nudge, self._temporal))
        running = asyncio.create_task(relay.run(stop))

        async def ended() -> None:
            stop.set()
            await running

        stack.push_async_callback(ended)
