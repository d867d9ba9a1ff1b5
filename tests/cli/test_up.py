"""`parcours up`: everything on one machine, once, found by the other commands, gone when it stops."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from cli.doctor import CHECKS
from cli.serving import first
from config.embedded.ports import is_free, kept_port
from config.running import running

ROOT = Path(__file__).parents[2]
ENTRY = "from cli.main import main; main()"


@pytest.fixture
def up_home(fast_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = fast_folder / tmp_path.name
    monkeypatch.setenv("PARCOURS_HOME", str(home))
    monkeypatch.setenv("PARCOURS_HTTP_PORT", str(kept_port(tmp_path / "port")))
    monkeypatch.setenv("PARCOURS_POLICIES", str(ROOT / "policies"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(ROOT)]))
    return home


@pytest.fixture
async def process(up_home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await _command("up")
    try:
        await first(process.wait(), _answers())
        assert process.returncode is None, (await process.communicate())[1].decode()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _command(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", ENTRY, *arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def _answers() -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{os.environ['PARCOURS_HTTP_PORT']}") as client:
        while True:
            try:
                if (await client.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def _result(*arguments: str) -> tuple[int | None, str]:
    process = await _command(*arguments)
    output, errors = await process.communicate()
    return process.returncode, (output + errors).decode()


async def test_the_other_commands_find_what_it_started(process: asyncio.subprocess.Process) -> None:
    code, report = await _result("doctor")
    assert (code, report.count("✔"), report.count("✘")) == (0, len(CHECKS), 0)


async def test_a_second_one_is_refused_and_told_why(process: asyncio.subprocess.Process) -> None:
    code, report = await _result("up")
    assert code == 1
    assert "already runs" in report


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_cleanly_and_whole(
    by: signal.Signals, process: asyncio.subprocess.Process, up_home: Path
) -> None:
    here = running(up_home)
    assert here is not None
    process.send_signal(by)
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert f"{here.api_url}/docs" in output.decode()
    assert running(up_home) is None
    for port in (make_url(here.database_url).port, int(here.temporal_address.split(":")[1])):
        assert is_free(port)


async def test_the_loss_of_an_embedded_part_is_the_end_and_says_so(
    process: asyncio.subprocess.Process, up_home: Path
) -> None:
    # Not SIGKILL, after which PostgreSQL leaves a segment of shared memory behind.
    os.kill(int((up_home / "postgres.lock").read_text()), signal.SIGQUIT)
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert "the embedded postgres ended" in errors.decode()
