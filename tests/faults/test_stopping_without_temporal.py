"""A worker that is told to stop while Temporal is away ends by itself, long before it would be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.embedded.temporal import EmbeddedTemporal
from tests.deploy.installation import ROOT, compose_with
from tests.faults.servers import own_folder, own_temporal, pid_of
from worker import GRACE, LEFT_AFTER

__all__ = ["own_folder", "own_temporal"]

A_BUSY_MACHINE = timedelta(seconds=20)
ENTRY = "from cli.main import main; main()"


@pytest.fixture
async def worker(
    database_url: str, own_temporal: EmbeddedTemporal, tmp_path: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = os.environ | {
        "PARCOURS_DATABASE_URL": database_url,
        "PARCOURS_TEMPORAL_ADDRESS": own_temporal.address,
        "PARCOURS_HOME": str(tmp_path),
        "PARCOURS_POLICIES": str(ROOT / "policies"),
        "PARCOURS_LOG": "json",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ENTRY, "worker"), env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    await polled(environment, process)
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def polled(environment: dict[str, str], process: asyncio.subprocess.Process) -> None:
    """Until the health check of a worker's container is content."""
    check = (sys.executable, str(ROOT / "deploy" / "worker_health.py"))
    while process.returncode is None:
        asked = await asyncio.create_subprocess_exec(*check, env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
        await asked.communicate()
        if asked.returncode == 0:
            return
    raise AssertionError((await process.communicate())[1].decode())


@pytest.fixture(params=[signal.SIGKILL, signal.SIGSTOP], ids=["dead", "silent"])
async def away(
    worker: asyncio.subprocess.Process, own_temporal: EmbeddedTemporal, request: pytest.FixtureRequest
) -> AsyncIterator[None]:
    """Temporal refuses connections, or takes them and says nothing, as across a network that loses packets."""
    os.killpg(pid_of(own_temporal), request.param)
    yield
    if request.param is signal.SIGSTOP:
        os.killpg(pid_of(own_temporal), signal.SIGCONT)


@pytest.mark.usefixtures("away")
async def test_a_worker_told_to_stop_while_temporal_is_away_ends_within_its_bound(
    worker: asyncio.subprocess.Process,
) -> None:
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout((LEFT_AFTER + A_BUSY_MACHINE).total_seconds()):
        _, errors = await worker.communicate()
    assert worker.returncode == 0, errors.decode()


def test_a_container_gives_a_worker_that_time() -> None:
    allowed = int(compose_with({})["services"]["worker"]["stop_grace_period"].removesuffix("s"))
    assert (LEFT_AFTER + A_BUSY_MACHINE).total_seconds() < allowed
    assert LEFT_AFTER > GRACE


async def test_what_the_sdk_says_of_the_outage_is_a_line_of_the_log_like_any_other(
    worker: asyncio.subprocess.Process, own_temporal: EmbeddedTemporal
) -> None:
    os.killpg(pid_of(own_temporal), signal.SIGKILL)
    assert worker.stderr
    said: list[dict[str, str]] = []
    while not any(line["logger"] == "temporalio.core" for line in said):
        said.append(json.loads(await worker.stderr.readline()))
    assert all(line["event"] and line["level"] for line in said)
