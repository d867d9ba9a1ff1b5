"""After the documented way back, an older version finds a newer database: it says so, and everything starts."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from config.embedded.temporal import EmbeddedTemporal
from tests.deploy.installation import ROOT

PACKAGES = ("activities", "api", "cli", "config", "db", "domain", "migrations", "notifications", "web", "workflows")
ENTRY = "from cli.main import main; main()"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """This code without its last migration."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "worker.py", tmp_path)
    sorted((tmp_path / "migrations" / "versions").glob("0*.py"))[-1].unlink()
    return tmp_path


@pytest.fixture
def newest() -> str:
    return sorted((ROOT / "migrations" / "versions").glob("0*.py"))[-1].name[:4]


@pytest.fixture
def environment(database_url: str, dev_server: EmbeddedTemporal, older: Path) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return os.environ | {
        "PARCOURS_DATABASE_URL": database_url,
        "PARCOURS_TEMPORAL_ADDRESS": dev_server.address,
        "PARCOURS_HOME": str(older / "home"),
        "PARCOURS_POLICIES": str(ROOT / "policies"),
        "PARCOURS_HTTP_PORT": str(port),
    }


async def started(command: str, older: Path, environment: dict[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ENTRY, command), env=environment, cwd=older, stdout=pipe, stderr=pipe
    )


async def said(command: str, older: Path, environment: dict[str, str]) -> str:
    process = await started(command, older, environment)
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


async def test_migrate_says_that_the_database_is_newer_and_leaves_it(
    older: Path, environment: dict[str, str], newest: str
) -> None:
    for _ in range(2):
        told = await said("migrate", older, environment)
        assert f"database at version {newest}, newer than this code" in told


async def test_the_doctor_finds_a_newer_database_well(older: Path, environment: dict[str, str], newest: str) -> None:
    told = await said("doctor", older, environment)
    assert f"✔ migrations   at version {newest}, newer than this code" in told


@pytest.fixture
async def everything(older: Path, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await started("up", older, environment)
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_api_and_worker_start_on_it(everything: asyncio.subprocess.Process, environment: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{environment['PARCOURS_HTTP_PORT']}") as api:
        while everything.returncode is None:
            try:
                ready = await api.get("/readyz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    assert everything.returncode is None, (await everything.communicate())[1].decode()
    assert ready.status_code == 200
    everything.send_signal(signal.SIGTERM)
    _, errors = await everything.communicate()
    assert everything.returncode == 0, errors.decode()
