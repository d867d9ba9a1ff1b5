"""The tour of README.md is pasted in one go while `parcours up` still starts, and every command of it succeeds."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.embedded.ports import kept_port

ROOT = Path(__file__).parents[2]
PARCOURS = Path(sys.executable).with_name("parcours")
TITLE = "## Ten minutes with curl"


def tour() -> list[str]:
    """The blocks of commands between the title of the tour and the next one."""
    section = (ROOT / "README.md").read_text().split(TITLE)[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
async def starting(fast_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A `parcours up` that has just been typed; its home."""
    home = fast_folder / tmp_path.name
    for name in [it for it in os.environ if it.startswith("PARCOURS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PARCOURS_HOME", str(home))
    monkeypatch.setenv("PARCOURS_POLICIES", str(ROOT / "policies"))
    port = {"PARCOURS_HTTP_PORT": str(kept_port(tmp_path / "port"))}
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        str(PARCOURS), "up", stdout=quiet, stderr=quiet, env={**os.environ, **port}
    )
    try:
        yield home
    finally:
        process.terminate()
        await process.wait()


async def test_the_tour_pasted_in_one_go_fails_nowhere(starting: Path) -> None:
    blocks = tour()
    assert len(blocks) >= 5
    typed = "".join(blocks).replace(".venv/bin/parcours", str(PARCOURS)).replace(".parcours/", f"{starting}/")
    # As typed, save that the first failure is the last word: curl fails on a 4xx, and python on what is no JSON.
    script = "set -eo pipefail\n" + typed.replace("curl -s ", "curl -sS --fail-with-body ")
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    said = output.decode()
    assert (process.returncode, errors.decode()) == (0, ""), said[-2000:]
    assert "Librairie du Canal" in said
    assert "Lettres parties" in said
    assert '"rule": "ENR-4"' in said
