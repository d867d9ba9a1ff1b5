"""Behind a proxy, clients are told apart by the address that the proxy gives, when the settings trust it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import bearer, free_port

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def api(home: Path, trusted: str) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from cli.main import main; main()", "api"),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "PARCOURS_HOME": str(home),
            "PARCOURS_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
            "PARCOURS_TEMPORAL_ADDRESS": "127.0.0.1:1",
            "PARCOURS_HTTP_PORT": str(port),
            "PARCOURS_FAILURES_PER_MINUTE": "2",
            "PARCOURS_TRUSTED_PROXIES": trusted,
        },
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            await _alive(client)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def _alive(client: httpx.AsyncClient) -> None:
    while True:
        with suppress(httpx.TransportError):
            await client.get("/healthz")
            return
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(("trusted", "another"), [("127.0.0.0/8", 401), ("10.0.0.0/8", 429)])
async def test_the_address_told_by_a_proxy_counts_when_the_proxy_is_trusted(
    tmp_path: Path, trusted: str, another: int
) -> None:
    async with api(tmp_path, trusted) as client:

        async def tried(address: str) -> int:
            headers = {**bearer("invented"), "X-Forwarded-For": address}
            return (await client.get("/v1/agents", headers=headers)).status_code

        assert [await tried("203.0.113.1") for _ in range(3)] == [401, 401, 429]
        assert await tried("203.0.113.2") == another
