"""The doctor says what is well, what is not, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.doctor import Unhealthy, _examine
from config.embedded.temporal import EmbeddedTemporal
from config.settings import Settings, load

POLICIES = Path(__file__).parents[2] / "policies"
TWILIO = {"sms": "twilio", "twilio_auth_token": "0" * 32, "twilio_from": "Urssaf"}


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
