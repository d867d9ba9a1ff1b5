"""What is told to stop while PostgreSQL is silent ends by itself, long before it would be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from cli.serving import DRAIN_SECONDS
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from db.engine import CLOSE_SECONDS
from db.migrate import upgrade
from db.roles import open_to_application
from tests.deploy.installation import ROOT, compose_with
from tests.faults.servers import own_folder, own_postgres, own_temporal, pid_of
from tests.faults.test_stopping_without_temporal import polled
from worker import LEFT_AFTER

__all__ = ["own_folder", "own_postgres", "own_temporal"]

A_BUSY_MACHINE = timedelta(seconds=20)
SHORT = 2
"""Seconds instead of what worker and API give to what is under way."""

HURRIED = f"""
import worker, cli.serving
from datetime import timedelta
worker.GRACE = worker.LEFT_AFTER = timedelta(seconds={SHORT})
cli.serving.DRAIN_SECONDS = {SHORT}
from cli.main import main
main()
"""


@pytest.fixture
async def environment(own_postgres: EmbeddedPostgres, own_temporal: EmbeddedTemporal, tmp_path: Path) -> dict[str, str]:
    """A Temporal of its own: no other test's worker is taken for the one that is waited for."""
    await upgrade(own_postgres.url)
    await open_to_application(own_postgres.url, own_postgres.application_url)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    return os.environ | {
        "PARCOURS_DATABASE_URL": own_postgres.application_url,
        "PARCOURS_TEMPORAL_ADDRESS": own_temporal.address,
        "PARCOURS_HOME": str(tmp_path),
        "PARCOURS_HTTP_PORT": str(port),
        "PARCOURS_POLICIES": str(ROOT / "policies"),
    }


@asynccontextmanager
async def running(command: str, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HURRIED, command), env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@contextmanager
def silent(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server is stopped inside the block: it takes connections and says nothing."""
    parent = pid_of(server)
    os.kill(parent, signal.SIGSTOP)
    # Each child leads a group of its own.
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in (*children, parent):
            os.kill(pid, signal.SIGCONT)


async def ended(process: asyncio.subprocess.Process) -> str:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(SHORT + CLOSE_SECONDS + A_BUSY_MACHINE.total_seconds()):
        _, errors = await process.communicate()
    return errors.decode()


async def test_a_worker_told_to_stop_while_postgresql_is_silent_ends_within_its_bound(
    environment: dict[str, str], own_postgres: EmbeddedPostgres
) -> None:
    async with running("worker", environment) as worker:
        await polled(environment, worker)
        with silent(own_postgres):
            said = await ended(worker)
    assert worker.returncode == 0, said


async def test_an_api_told_to_stop_while_postgresql_is_silent_ends_within_its_bound(
    environment: dict[str, str], own_postgres: EmbeddedPostgres
) -> None:
    async with (
        running("api", environment) as api,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{environment['PARCOURS_HTTP_PORT']}") as client,
    ):
        while not await answers(client):
            assert api.returncode is None, (await api.communicate())[1].decode()
        with silent(own_postgres):
            waiting = [asyncio.ensure_future(client.get("/readyz", timeout=None)) for _ in range(5)]
            await asyncio.sleep(0)
            said = await ended(api)
            await asyncio.gather(*waiting, return_exceptions=True)
    assert api.returncode == 0, said


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        await asyncio.sleep(0.1)
        return False


def test_containers_give_them_that_time() -> None:
    allowed = {
        name: int(compose_with({})["services"][name]["stop_grace_period"].removesuffix("s"))
        for name in ("api", "worker")
    }
    assert LEFT_AFTER.total_seconds() + CLOSE_SECONDS + A_BUSY_MACHINE.total_seconds() < allowed["worker"]
    assert allowed["api"] > DRAIN_SECONDS + CLOSE_SECONDS
