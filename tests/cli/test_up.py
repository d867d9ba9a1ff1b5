"""`parcours up`: everything on one machine, once, found by the other commands, gone when it stops."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from alembic import command
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cli.doctor import CHECKS
from cli.serving import first
from config.embedded.ports import is_free, kept_port
from config.embedded.postgres import APPLICATION, EmbeddedPostgres
from config.running import FILE_NAME, OWNER_FILE_NAME, running
from config.settings import load
from db.migrate import newest
from tests.api.examples import OPENED, event
from tests.deploy.test_upgrade import config_of

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


async def _fetched(url: str, query: str) -> list[str]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def _owner_url(home: Path) -> str:
    return (home / OWNER_FILE_NAME).read_text()


BEYOND_ROWS = (
    "CREATE TABLE mine (x int)",
    "CREATE TEMPORARY TABLE mine (x int)",
    "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
    "DROP TABLE notes",
    "TRUNCATE accesses",
    "UPDATE alembic_version SET version_num = '0001'",
    "CREATE ROLE another",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_read_file('postgresql.conf')",
)


async def test_it_works_by_a_login_that_reads_and_writes_rows_and_no_more(
    process: asyncio.subprocess.Process, up_home: Path
) -> None:
    here = running(up_home)
    assert here is not None
    async with httpx.AsyncClient(base_url=here.api_url) as api:
        assert (await api.get("/readyz")).status_code == 200
    others = "datname = 'parcours' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    at_work = await _fetched(_owner_url(up_home), f"SELECT DISTINCT usename FROM pg_stat_activity WHERE {others}")
    assert at_work == [APPLICATION]
    for verb in BEYOND_ROWS:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _fetched(here.database_url, verb)


async def test_another_database_of_its_server_tells_its_login_nothing(
    process: asyncio.subprocess.Process, up_home: Path
) -> None:
    here, owner = running(up_home), _owner_url(up_home)
    assert here is not None
    elsewhere = [make_url(url).set(database="postgres") for url in (owner, here.database_url)]
    as_owner, as_application = (url.render_as_string(hide_password=False) for url in elsewhere)
    await _fetched(as_owner, "CREATE TABLE secrets AS SELECT 'x' AS secret")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _fetched(as_application, "SELECT secret FROM secrets")


async def test_only_migrate_is_told_who_the_owner_is(process: asyncio.subprocess.Process, up_home: Path) -> None:
    password = make_url(_owner_url(up_home)).password
    assert password
    assert password not in (up_home / FILE_NAME).read_text()
    assert (up_home / OWNER_FILE_NAME).stat().st_mode & 0o777 == 0o600
    code, report = await _result("migrate")
    assert (code, "database at version" in report) == (0, True), report
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert not (up_home / OWNER_FILE_NAME).exists()


CLOUD_EVENT = {"Content-Type": "application/cloudevents+json"}


async def _opened(api_url: str, *sirens: str) -> None:
    """Enterprises that began a month ago, their journeys under way."""
    bearers = {it.role: it.token for it in load().api_tokens if it.organisation == OPENED["organisation"]}
    began_on = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    data = OPENED | {"opened_on": began_on, "first_hire_on": began_on}
    async with httpx.AsyncClient(base_url=api_url) as api:
        for siren in sirens:
            account = data | {"account": f"117000{siren[:6]}"}
            told = event(account, "account.opened", subject=siren, time=datetime.now(UTC).isoformat())
            answer = await api.post("/v1/events", json=told, headers=_bearer(bearers["system"]) | CLOUD_EVENT)
            assert answer.status_code == 202, answer.text
        shown = 0
        while shown < len(sirens):
            await asyncio.sleep(0.1)
            journeys = await api.get("/v1/journeys", headers=_bearer(bearers["supervisor"]))
            shown = len(journeys.json()["items"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


COMMANDS = (
    ("purge",),
    ("erase", "--siren", "732829320", "--yes"),
    ("end-sessions", "--all"),
    ("restore-journeys",),
    ("doctor", "--ledger"),
    ("why", "552100554"),
    ("fast-forward", "552100554", "--days", "40"),
)


async def test_every_command_does_its_work_by_that_login(process: asyncio.subprocess.Process, up_home: Path) -> None:
    here = running(up_home)
    assert here is not None
    await _opened(here.api_url, "732829320", "552100554")
    for words in COMMANDS:
        code, report = await _result(*words)
        assert code == 0, (words, report)


def _upgraded_to_the_last_but_one(connection: Connection) -> None:
    command.upgrade(config_of(connection), f"{newest()}-1")


@pytest.fixture
async def home_of_an_older_version(up_home: Path) -> str:
    """Its data as it was before there was a login for rows alone, and one migration ago; the note that is in it."""
    async with EmbeddedPostgres(up_home) as server:
        engine = create_async_engine(server.url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(_upgraded_to_the_last_but_one)
            await connection.execute(text("INSERT INTO upkeep (name) VALUES ('kept')"))
        await engine.dispose()
    (up_home / "postgres" / "application_password").unlink()
    return "kept"


async def test_data_of_an_older_version_is_opened_and_upgraded(
    home_of_an_older_version: str, process: asyncio.subprocess.Process, up_home: Path
) -> None:
    here = running(up_home)
    assert here is not None
    assert await _fetched(here.database_url, "SELECT version_num FROM alembic_version") == [newest()]
    assert await _fetched(here.database_url, "SELECT name FROM upkeep WHERE name = 'kept'") == [
        home_of_an_older_version
    ]
    assert await _fetched(here.database_url, "SELECT session_user") == [APPLICATION]
