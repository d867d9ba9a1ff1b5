"""Entry: wires adapters to activities and runs the workers, journeys on one queue, deliveries on another."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.contract import DELIVERIES_QUEUE, JOURNEYS_QUEUE
from activities.delivering import Delivering
from activities.pacing import Pace
from activities.publishing import Publisher
from activities.relay import Relay
from activities.rulebooks import open_rulebook
from activities.stepping import Stepping
from config.policies import load_policies
from config.providers import posts
from config.sealing import MARK, Seal
from config.settings import Settings
from config.tracing import resuming
from db import agents
from notifications.links import Links
from notifications.webhook.sender import WebhookSender
from workflows.client import nudge
from workflows.journey import JourneyWorkflow

CACHED_WORKFLOWS = 2_000
GRACE = timedelta(seconds=15)
LEFT_AFTER = GRACE + timedelta(seconds=7)
"""How long a worker that is told to stop is waited for: the SDK waits a minute for a Temporal that is away, and what is
under way without end for a PostgreSQL that is silent."""

log = structlog.stdlib.get_logger("parcours.worker")


async def run(settings: Settings, engine: AsyncEngine, temporal: Client, stop: asyncio.Event) -> None:
    """Carry out journeys, deliveries and the relay until ``stop`` is set, and what is under way a little longer."""
    working = asyncio.ensure_future(_work(settings, engine, temporal, stop))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await asyncio.wait({working}, timeout=LEFT_AFTER.total_seconds())
    if working.done():
        return await working
    log.warning(
        "Temporal or PostgreSQL does not answer: the worker is left without its goodbye",
        after_seconds=LEFT_AFTER.seconds,
    )
    working.cancel()
    return None


async def _work(settings: Settings, engine: AsyncEngine, temporal: Client, stop: asyncio.Event) -> None:
    rulebook = await open_rulebook(engine, load_policies(settings.policies))
    await _known_agents(settings, engine)
    relay = Relay(engine, rulebook, resuming(engine, partial(nudge, temporal)))
    seal = Seal(settings.secret_key)
    publisher = Publisher(
        engine, WebhookSender(settings.webhook_hosts), secret_of=seal.open_or_none, close=seal.close, mark=MARK
    )
    links = Links(settings.secret_key.get_secret_value(), settings.public_url)
    delivering = Delivering(engine, rulebook, links, posts(settings), Pace(engine, settings.deliveries_per_second))
    stepping = Stepping(engine, rulebook, delivering.at_once)
    async with journeys_worker(temporal, stepping) as journeys, deliveries_worker(temporal, delivering) as deliveries:
        await asyncio.gather(relay.run(stop), publisher.run(stop))
        # Side by side: each has its grace, and both together no more than one.
        await asyncio.gather(journeys.shutdown(), deliveries.shutdown())


async def _known_agents(settings: Settings, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for token in settings.api_tokens:
            if token.role == "agent" and token.agent:
                await agents.ensure(connection, token.organisation, token.agent)


def journeys_worker(temporal: Client, stepping: Stepping) -> Worker:
    """Runs the loop of each journey and its steps, which deliver what can leave at once."""
    return Worker(
        temporal,
        task_queue=JOURNEYS_QUEUE,
        workflows=[JourneyWorkflow],
        activities=[stepping.take_step],
        # The sandbox costs a third of a step; the stored histories are replayed in it, where it finds what it is for.
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=CACHED_WORKFLOWS,
        graceful_shutdown_timeout=GRACE,
    )


def deliveries_worker(temporal: Client, delivering: Delivering) -> Worker:
    """Hands the other messages to the providers."""
    return Worker(
        temporal,
        task_queue=DELIVERIES_QUEUE,
        activities=[delivering.deliver],
        max_concurrent_activities=50,
        graceful_shutdown_timeout=GRACE,
    )


if __name__ == "__main__":
    from cli.main import main

    sys.argv[1:] = ["worker"]
    main()
