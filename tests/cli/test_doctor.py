"""The doctor says what is well, what is not, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.contract import JourneyStart
from cli import checks
from cli.doctor import Unhealthy, _examine
from config.embedded.temporal import EmbeddedTemporal
from config.errors import OperatorError
from config.running import Running, alone
from config.settings import Settings, load
from config.temporal import connect
from db.engine import make_engine
from db.ledger import ACCOUNT_REFUSED
from db.tables import messages
from tests.observability.rows import add, message

POLICIES = Path(__file__).parents[2] / "policies"
TWILIO = {"sms": "twilio", "twilio_auth_token": "0" * 32, "twilio_from": "Urssaf"}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


async def _report(settings: Settings, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    try:
        await _examine(settings)
    finally:
        lines = capsys.readouterr().out.splitlines()
    return {line.split()[1]: line for line in lines}


async def test_a_complete_installation_is_well(
    database_url: str, dev_server: EmbeddedTemporal, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(
        database_url=SecretStr(database_url), temporal_address=dev_server.address, policies=POLICIES, mail="outbox"
    )
    assert all(line.startswith("✔") for line in (await _report(settings, capsys)).values())


async def test_a_login_that_may_do_more_than_rows_is_an_error_in_production_alone(
    database_url: str, application_url: str
) -> None:
    owner = load(database_url=SecretStr(database_url))
    assert "parcours is superuser: in production this is an error" in await checks.login(owner)
    with pytest.raises(OperatorError, match="PARCOURS_MIGRATION_DATABASE_URL"):
        await checks.login(owner.model_copy(update={"environment": "production"}))
    application = load(database_url=SecretStr(application_url))
    for settings in (application, application.model_copy(update={"environment": "production"})):
        assert "reads and writes rows, and no more" in await checks.login(settings)


async def test_a_database_without_migrations_is_sent_to_migrate(
    postgres: object, database_url: str, dev_server: EmbeddedTemporal, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = SecretStr(database_url.rsplit("/", 1)[0] + "/postgres")
    settings = load(database_url=empty, temporal_address=dev_server.address, policies=POLICIES)
    with pytest.raises(Unhealthy, match="migrations"):
        await _report(settings, capsys)


@pytest.mark.parametrize(
    ("given", "subject", "remedy"),
    [
        ({}, "database", "PARCOURS_DATABASE_URL"),
        ({"database_url": "postgresql+asyncpg://u:p@127.0.0.1:1/d"}, "database", "start it, or correct"),
        ({}, "Temporal", "PARCOURS_TEMPORAL_ADDRESS"),
        ({"policies": Path("/nowhere")}, "policies", "/nowhere"),
        (TWILIO | {"twilio_account_sid": "SK" + "0" * 32}, "SMS", "TWILIO_ACCOUNT_SID"),
        (TWILIO | {"twilio_account_sid": "AC" + "0" * 32, "twilio_from": "Ur ssaf"}, "SMS", "PARCOURS_TWILIO_FROM"),
        (
            {"mail": "sendgrid", "sendgrid_api_key": "SG.a.b", "mail_from": "a@b.fr", "sendgrid_webhook_key": "x"},
            "mail",
            "PARCOURS_SENDGRID_WEBHOOK_KEY",
        ),
    ],
)
async def test_what_is_wrong_comes_with_what_to_do(
    given: dict[str, object], subject: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unhealthy, match=subject):
        await _examine(load(**given))
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"✘ {subject}")]
    assert remedy in line


async def test_an_unknown_namespace_is_named(dev_server: EmbeddedTemporal, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Unhealthy, match="Temporal"):
        await _examine(load(temporal_address=dev_server.address, temporal_namespace="absent"))
    assert "PARCOURS_TEMPORAL_NAMESPACE" in capsys.readouterr().out


KEYS = [Fernet.generate_key().decode() for _ in range(2)]


@pytest.mark.parametrize(
    ("started_with", "given", "remedy"),
    [
        (KEYS[0], KEYS[0], None),
        (KEYS[0], f"{KEYS[1]},{KEYS[0]}", None),
        (None, KEYS[0], None),
        (KEYS[0], KEYS[1], "PARCOURS_PAYLOAD_KEY"),
        (KEYS[0], None, "PARCOURS_PAYLOAD_KEY"),
    ],
    ids=["the same", "rotated", "from then on", "another", "forgotten"],
)
async def test_what_journeys_were_started_with_must_be_readable(
    fast_folder: Path, tmp_path: Path, started_with: str | None, given: str | None, remedy: str | None
) -> None:
    key = {"payload_key": SecretStr(started_with)} if started_with else {}
    async with EmbeddedTemporal(fast_folder / tmp_path.name, ui=False) as server:
        client = await connect(server.address, server.namespace, **key)
        await client.start_workflow("Journey", JourneyStart("732829320"), id="journey", task_queue="nobody")
        settings = load(temporal_address=server.address, **({"payload_key": given} if given else {}))
        await _until_listed(client)
        if remedy is None:
            assert "1 journeys were started with is readable" in await checks.temporal(settings)
            return
        with pytest.raises(OperatorError, match=remedy):
            await checks.temporal(settings)


async def _until_listed(client: Client) -> None:
    while not [run async for run in client.list_workflows("ExecutionStatus = 'Running'")]:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def test_credentials_are_called_development_s_only_while_they_are_in_force() -> None:
    assert "development credentials" in await checks.settings_in_force(load())
    configured = load(
        api_tokens="0123456789abcdef01234567=system:urssaf-idf", secret_key="0123456789abcdef0123456789abcdef"
    )
    assert "configured credentials" in await checks.settings_in_force(configured)
    half = load(api_tokens="0123456789abcdef01234567=system:urssaf-idf")
    assert "development credentials" in await checks.settings_in_force(half)


async def test_the_address_that_really_serves_is_named(tmp_path: Path) -> None:
    here = Running(1, "http://127.0.0.1:8140", "", "", "default", None, "http://127.0.0.1:8140")
    with alone(tmp_path):
        here.announce(tmp_path)
        said = await checks.settings_in_force(load(home=tmp_path))
    assert "`parcours up` serves http://127.0.0.1:8140, links to http://127.0.0.1:8140" in said
    assert ":8000" not in said
    assert "no `parcours up` runs" in await checks.settings_in_force(load(home=tmp_path))


async def test_letters_that_wait_for_our_account_are_told(database_url: str, engine: AsyncEngine) -> None:
    settings = load(database_url=SecretStr(database_url))
    assert "none waits" in await checks.letters(settings)
    await add(engine, messages, message("queued", provider="twilio", reason=f"{ACCOUNT_REFUSED} : 21408"))
    with pytest.raises(OperatorError, match=r"1 by twilio \(21408\)"):
        await checks.letters(settings)
