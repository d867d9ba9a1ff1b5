"""Commands end cleanly when asked, and an error to put right is a message."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from cli import main
from cli.checks import settings_in_force
from cli.process import run
from cli.serving import first
from cli.up import _with_a_way_in
from config.embedded.postgres import EmbeddedPostgres
from config.errors import OperatorError, SettingsError
from config.settings import load
from db.migrate import newest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_clean_end(by: signal.Signals) -> None:
    ended: list[str] = []

    async def command() -> None:
        try:
            os.kill(os.getpid(), by)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleanly")

    run(command)
    assert ended == ["cleanly"]


def test_a_failure_while_running_is_not_hidden() -> None:
    async def command() -> None:
        raise OperatorError("no")

    with pytest.raises(OperatorError):
        run(command)


@pytest.mark.parametrize(("error", "code"), [(SettingsError("PARCOURS_X: no"), 2), (OperatorError("no"), 1)])
def test_an_error_to_put_right_is_a_message_and_an_exit_code(
    error: OperatorError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app() -> None:
        raise error

    monkeypatch.setattr(main, "app", app)
    with pytest.raises(SystemExit) as exit_:
        main.main()
    assert exit_.value.code == code
    assert capsys.readouterr().err == f"parcours: {error}\n"


async def told(*command: str, **environment: str) -> tuple[int | None, str]:
    """The exit code of a command, and what it says of its failure."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from cli.main import main; main()", *command),
        env={**os.environ, **environment},
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


@pytest.mark.parametrize("command", [("migrate",), ("doctor", "--ledger")], ids=str)
async def test_without_its_database_a_command_names_the_variable(command: tuple[str, ...], tmp_path: Path) -> None:
    nowhere = {"PARCOURS_DATABASE_URL": "postgresql+asyncpg://u:hidden@127.0.0.1:1/d", "PARCOURS_HOME": str(tmp_path)}
    code, said = await told(*command, **nowhere)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("parcours: no answer from PostgreSQL")
    assert "PARCOURS_DATABASE_URL" in said
    assert "hidden" not in said


async def test_a_refused_login_says_why(database_url: str, tmp_path: Path) -> None:
    stranger = make_url(database_url).set(password="hidden").render_as_string(hide_password=False)
    code, said = await told("migrate", PARCOURS_DATABASE_URL=stranger, PARCOURS_HOME=str(tmp_path))
    assert (code, said.count("\n")) == (1, 1)
    assert "password authentication failed" in said
    assert "hidden" not in said


@pytest.mark.parametrize("command", [("why", "732829320"), ("doctor", "--ledger")], ids=str)
async def test_a_database_without_migrations_is_named(
    command: tuple[str, ...], postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    empty = {"PARCOURS_DATABASE_URL": postgres.url_of("postgres"), "PARCOURS_HOME": str(tmp_path)}
    code, said = await told(*command, **empty)
    assert (code, said.count("\n")) == (1, 1)
    assert "run `parcours migrate`" in said


async def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    code, said = await told("doctor", PARCOURS_HOME=str(file / "home"))
    assert (code, said.count("\n")) == (1, 1)
    assert f"{file}" in said
    assert "PARCOURS_HOME" in said


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def app() -> None:
        raise ProgrammingError("SELECT", None, Exception())

    monkeypatch.setattr(main, "app", app)
    with pytest.raises(ProgrammingError):
        main.main()


async def test_waiting_for_the_first_leaves_a_running_task_alone() -> None:
    going_on = asyncio.ensure_future(asyncio.sleep(60))
    await first(going_on, asyncio.sleep(0))
    assert not going_on.done()
    going_on.cancel()


async def test_a_bad_setting_stops_every_command_before_it_starts() -> None:
    for command in (["up"], ["api"], ["worker"], ["migrate"], ["doctor"], ["fast-forward", "732829320", "--days", "1"]):
        code, said = await told(*command, PARCOURS_HTTP_PORT="eighty")
        assert (code, said.split(":")[:2]) == (2, ["parcours", " PARCOURS_HTTP_PORT"])


@pytest.mark.parametrize("command", ["up", "api", "worker"])
async def test_behind_tls_nothing_starts_that_is_open(command: str, tmp_path: Path) -> None:
    public = {"PARCOURS_PUBLIC_URL": "https://parcours.example", "PARCOURS_HOME": str(tmp_path / "home")}
    code, said = await told(command, **public)
    assert code == 2
    assert [line.removeprefix("parcours: ").split(":")[0] for line in said.splitlines()] == [
        "PARCOURS_SECRET_KEY",
        "PARCOURS_API_TOKENS",
        "PARCOURS_SMS",
        "PARCOURS_MAIL",
    ]
    assert not (tmp_path / "home").exists()


async def test_the_doctor_says_what_a_start_would_refuse(tmp_path: Path) -> None:
    ill = load(public_url="https://parcours.example", home=tmp_path)
    with pytest.raises(SettingsError, match="PARCOURS_SECRET_KEY: not set"):
        await settings_in_force(ill)


async def test_the_doctor_says_which_variable_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_MIAL", "sendgrid")
    with pytest.raises(SettingsError, match="PARCOURS_MIAL is no setting and does nothing: PARCOURS_MAIL is meant"):
        await settings_in_force(load(home=tmp_path))


@pytest.mark.parametrize(
    ("variables", "login"),
    [
        ({}, "development"),
        ({"public_url": "http://parcours.intranet"}, None),
        ({"environment": "development", "http_host": "0.0.0.0"}, None),
        ({"oidc_issuer": "https://issuer.example", "oidc_client_id": "parcours"}, None),
        ({"environment": "production"}, None),
    ],
)
def test_up_switches_the_development_login_on_for_this_machine_alone(variables: Any, login: str | None) -> None:
    assert _with_a_way_in(load(**variables)).console_login == login


def test_the_version_is_said_with_its_schema(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["parcours", "--version"])
    with pytest.raises(SystemExit) as exit_:
        main.main()
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"parcours {version('parcours')}, schema {newest()}\n"


async def test_a_simulation_writes_nowhere(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code, said = await told("simulate", "--enterprises", "1", "--months", "1", "--json", PARCOURS_HOME=str(home))
    assert (code, home.exists()) == (0, False), said
