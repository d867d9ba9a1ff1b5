"""Processes of the API behind one socket are one service: they count together, and one that dies is replaced."""

from __future__ import annotations

import asyncio
import re
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator

import httpx
import pytest

from cli import sharing
from config.embedded.temporal import EmbeddedTemporal
from config.errors import OperatorError, SettingsError
from config.settings import Settings, load

COUNTED = re.compile(r'parcours_http_request_seconds_count{method="GET",route="/healthz",status="200"} ([0-9]+)')


@pytest.fixture
def settings(dev_server: EmbeddedTemporal, monkeypatch: pytest.MonkeyPatch) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("PARCOURS_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("PARCOURS_TEMPORAL_ADDRESS", dev_server.address)
    monkeypatch.setenv("PARCOURS_HTTP_PORT", str(port))
    monkeypatch.setenv("PARCOURS_API_PROCESSES", "2")
    return load()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    processes: list[Process] = []
    start = sharing._start

    async def noted(*given: object) -> Process:
        processes.append(await start(*given))  # type: ignore[arg-type]
        return processes[-1]

    monkeypatch.setattr(sharing, "_start", noted)
    return processes


@pytest.fixture
async def shared(settings: Settings, started: list[Process]) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.ensure_future(sharing.share(settings))
    await answered(settings, 1)
    yield running
    running.cancel()
    await asyncio.wait([running])
    assert all(process.returncode is not None for process in started)


async def answered(settings: Settings, times: int) -> None:
    """That many answers, each on a connection of its own."""
    while times:
        try:
            async with httpx.AsyncClient(base_url=settings.local_url) as client:
                assert (await client.get("/healthz", timeout=60)).status_code == 200
            times -= 1
        except httpx.TransportError:
            await asyncio.sleep(0.05)


async def counted(settings: Settings) -> int:
    async with httpx.AsyncClient(base_url=settings.local_url) as client:
        found = COUNTED.search((await client.get("/metrics", timeout=60)).text)
    return int(found[1]) if found else 0


async def test_whoever_is_asked_knows_the_counts_of_all(settings: Settings, shared: object) -> None:
    await answered(settings, 20)
    assert {await counted(settings) for _ in range(6)} == {21}


async def test_one_that_dies_is_replaced_and_its_counts_stay(
    settings: Settings, started: list[Process], shared: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "SETTLED_SECONDS", 0)
    started[0].kill()
    await started[0].wait()
    await answered(settings, 5)
    while len(started) < 3:  # noqa: ASYNC110 - what is waited for is in the code under test
        await asyncio.sleep(0.01)
    assert started[1].returncode is None
    assert await counted(settings) == 6


async def test_one_that_cannot_start_ends_them_all(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_DATABASE_URL", "mysql://nowhere")
    monkeypatch.setattr(sharing, "SETTLED_SECONDS", 120)
    with pytest.raises(OperatorError, match="ended at once with code 2"):
        await sharing.share(settings)


async def test_a_port_in_use_is_named_before_any_process_starts(settings: Settings, started: list[Process]) -> None:
    with socket.create_server(("127.0.0.1", settings.http_port)), pytest.raises(SettingsError, match="HTTP_PORT"):
        await sharing.share(settings)
    assert not started
