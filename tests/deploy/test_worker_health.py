"""The health check that a worker's container runs."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from activities.contract import DELIVERIES_QUEUE, JOURNEYS_QUEUE
from config.embedded.temporal import EmbeddedTemporal
from config.temporal import connect
from tests.deploy.installation import ROOT
from workflows.journey import JourneyWorkflow

CHECK = ROOT / "deploy" / "worker_health.py"


@activity.defn
async def deliver() -> None:
    return


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedTemporal]:
    """A server that no other test's worker has polled."""
    async with EmbeddedTemporal(tmp_path, ui=False) as server:
        yield server


@pytest.fixture
async def client(server: EmbeddedTemporal) -> Client:
    return await connect(server.address, server.namespace)


async def checked(address: str, home: Path) -> tuple[int | None, str]:
    environment = {**os.environ, "PARCOURS_TEMPORAL_ADDRESS": address, "PARCOURS_HOME": str(home)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, CHECK, env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


async def test_a_worker_that_polls_both_queues_is_well(
    server: EmbeddedTemporal, client: Client, tmp_path: Path
) -> None:
    journeys = Worker(client, task_queue=JOURNEYS_QUEUE, workflows=[JourneyWorkflow])
    async with journeys, Worker(client, task_queue=DELIVERIES_QUEUE, activities=[deliver]):
        assert await checked(server.address, tmp_path) == (0, "")


async def test_a_worker_that_delivers_nothing_is_not_well(
    server: EmbeddedTemporal, client: Client, tmp_path: Path
) -> None:
    async with Worker(client, task_queue=JOURNEYS_QUEUE, workflows=[JourneyWorkflow]):
        status, errors = await checked(server.address, tmp_path)
    assert (status, DELIVERIES_QUEUE in errors) == (1, True)


async def test_the_worker_of_another_machine_is_not_this_one(
    server: EmbeddedTemporal, client: Client, tmp_path: Path
) -> None:
    elsewhere = await Client.connect(server.address, identity="1@elsewhere")
    async with Worker(elsewhere, task_queue=JOURNEYS_QUEUE, workflows=[JourneyWorkflow]):
        status, errors = await checked(server.address, tmp_path)
    assert (status, JOURNEYS_QUEUE in errors) == (1, True)
