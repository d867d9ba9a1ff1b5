"""The embedded parts keep what they stored, whatever stops them, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from config.embedded import staging
from config.embedded import temporal as temporal_module
from config.embedded.children import EmbeddedError, spawn
from config.embedded.ports import kept_port
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.staging import User, owned_folder, staging_folder, unprivileged_user
from config.embedded.temporal import EmbeddedTemporal
from config.errors import OperatorError

PROCESS = "tests.config.embedded_process"
ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand PostgreSQL to another user")


@pytest.fixture
def open_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="parcours-test-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def shared_root(open_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/tmp, so that a test leaves nothing there."""
    root = open_home.parent / "shared"
    root.mkdir()
    monkeypatch.setattr(staging, "SHARED_ROOT", root)
    return root


async def _store(url: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


def _copies(shared_root: Path) -> list[Path]:
    return list(shared_root.glob("*/wheel/pginstall18/bin/postgres"))


async def test_what_was_stored_is_found_again_at_the_same_address(open_home: Path) -> None:
    async with EmbeddedPostgres(open_home) as first:
        await _store(first.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    async with EmbeddedPostgres(open_home) as second:
        assert (await _store(second.url, "SELECT answer FROM kept"))[0]["answer"] == 42
        assert second.url == first.url


async def test_a_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _store(re.sub(r":[^:@]+@", ":wrong@", postgres.url), "SELECT 1")


async def test_parts_of_a_killed_process_give_way_to_the_next(open_home: Path) -> None:
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROCESS, str(open_home)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout
    url, address = (await killed.stdout.readline()).decode().split()
    await _store(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    killed.kill()
    await killed.wait()
    async with EmbeddedPostgres(open_home) as postgres, EmbeddedTemporal(open_home, ui=False) as temporal:
        assert (postgres.url, temporal.address) == (url, address)
        assert (await _store(url, "SELECT answer FROM kept"))[0]["answer"] == 42


async def test_a_port_taken_meanwhile_is_left_to_its_new_owner(tmp_path: Path) -> None:
    kept = kept_port(tmp_path / "port")
    assert kept_port(tmp_path / "port") == kept
    with socket.create_server(("127.0.0.1", kept)):
        assert kept_port(tmp_path / "port") != kept


async def test_a_port_taken_between_its_choice_and_its_use_is_replaced(
    fast_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        choices = iter([taken.getsockname()[1]])
        monkeypatch.setattr(
            temporal_module, "kept_port", lambda file, preferred=0: next(choices, None) or kept_port(file, preferred)
        )
        async with EmbeddedTemporal(fast_folder / "contended", ui=False) as temporal:
            assert temporal.address != f"127.0.0.1:{taken.getsockname()[1]}"


async def test_a_part_that_dies_at_once_shows_the_end_of_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    child = await spawn(
        "postgres", lambda: ["/bin/sh", "-c", "echo no space left; exit 1"], tmp_path, None, signal.SIGINT
    )
    with pytest.raises(EmbeddedError, match="no space left"):
        await child.wait_until(never)


@as_root
def test_a_folder_out_of_reach_is_kept_elsewhere_and_nobody_s_rights_change(shared_root: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    user = unprivileged_user()
    folder = owned_folder(closed / "postgres", user)
    assert folder.is_relative_to(shared_root)
    assert owned_folder(closed / "postgres", user) == folder
    assert isinstance(user, User)
    assert folder.stat().st_uid == user.uid
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_whoever_deletes_the_folder_starts_afresh(shared_root: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    first = owned_folder(tmp_path / "postgres", unprivileged_user())
    (tmp_path / "postgres").unlink()
    assert owned_folder(tmp_path / "postgres", unprivileged_user()) != first


@as_root
async def test_commands_out_of_reach_are_copied(
    open_home: Path, shared_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable = User.can_enter
    monkeypatch.setattr(User, "can_enter", lambda user, folder: folder.name != "bin" and reachable(user, folder))
    async with EmbeddedPostgres(open_home, durable=False) as postgres:
        assert await _store(postgres.url, "SELECT 1")
    assert _copies(shared_root)


@as_root
def test_a_folder_someone_else_prepared_is_refused(shared_root: Path, tmp_path: Path) -> None:
    folder = staging_folder(tmp_path)
    os.chown(folder, 65534, 65534)
    with pytest.raises(OperatorError, match="belongs to someone else"):
        staging_folder(tmp_path)
