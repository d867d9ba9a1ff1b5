"""What the environment may say, and what is answered when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import SettingsError
from config.settings import load
from config.tokens import Token, parse_tokens

TWILIO = {
    "PARCOURS_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "secret",
    "PARCOURS_TWILIO_FROM": "Urssaf",
}
secrets = st.text(st.characters(codec="ascii", categories=("L", "N"), include_characters="-_=+/"), min_size=1)


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert (settings.database_url, settings.temporal_address, settings.sms) == (None, None, "outbox")
    assert settings.public_url == "http://127.0.0.1:8000"


def test_development_credentials_survive_a_restart_and_stay_private(home: Path) -> None:
    first, second = load(), load()
    assert first.api_tokens == second.api_tokens
    assert first.secret_key == second.secret_key
    assert (home / "tokens.env").stat().st_mode & 0o777 == 0o600


def test_development_tokens_give_each_organisation_every_role() -> None:
    tokens = load().api_tokens
    assert {token.organisation for token in tokens} == {"urssaf-idf", "urssaf-rhone-alpes"}
    assert sorted(token.role for token in tokens) == sorted(["system", "agent", "supervisor", "mediator", "admin"] * 2)
    assert len({token.token for token in tokens}) == 10


def test_configured_credentials_leave_no_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_API_TOKENS", "t=system:urssaf-idf")
    monkeypatch.setenv("PARCOURS_SECRET_KEY", "k")
    assert load().api_tokens == (Token("t", "system", "urssaf-idf"),)
    assert not home.exists()


def test_webhooks_may_call_this_machine_only_when_nobody_else_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "127.0.0.1" in load().webhook_hosts
    monkeypatch.setenv("PARCOURS_HTTP_HOST", "0.0.0.0")
    assert load().webhook_hosts == frozenset()
    monkeypatch.setenv("PARCOURS_WEBHOOK_ALLOW", "Hooks.internal, 10.0.0.7,")
    assert load().webhook_hosts == {"hooks.internal", "10.0.0.7"}


@given(secret=secrets)
def test_a_token_is_read_as_it_was_written(secret: str) -> None:
    token = Token(secret, "agent", "urssaf-idf", "alice.martin")
    assert parse_tokens(f" {token} ,") == (token,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "entry 1 has no '='"),
        ("a=system:o,b=boss:o", "entry 2 has the role 'boss'"),
        ("a=system", "entry 1 names no organisation"),
        ("a=agent:o:Alice Martin", "entry 1 names an agent that is not a name"),
        ("a=system:o,a=admin:o", "the same token"),
    ],
)
def test_a_wrong_token_is_explained(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_API_TOKENS", text)
    with pytest.raises(SettingsError, match=f"PARCOURS_API_TOKENS: .*{reason}"):
        load()


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_API_TOKENS", "hunter2-no-equals")
    monkeypatch.setenv("PARCOURS_DATABASE_URL", "mysql://user:hunter2@host/db")
    monkeypatch.setenv("PARCOURS_PAYLOAD_KEY", "hunter2")
    with pytest.raises(SettingsError) as refusal:
        load()
    assert "hunter2" not in str(refusal.value)
    assert {"PARCOURS_DATABASE_URL", "PARCOURS_PAYLOAD_KEY"} <= {line.split(":")[0] for line in _lines(refusal)}


def test_a_wrong_port_is_named_once_without_its_consequences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_HTTP_PORT", "eighty")
    with pytest.raises(SettingsError) as refusal:
        load()
    assert [line.split(":")[0] for line in _lines(refusal)] == ["PARCOURS_HTTP_PORT"]


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PARCOURS_TWILIO_FROM"])
def test_a_chosen_provider_names_what_it_lacks(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TWILIO.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"PARCOURS_SMS=twilio also needs {missing}: set them"):
        load()


def test_a_secret_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "auth_token"
    file.write_text("from-a-file\n")
    for name, value in TWILIO.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN_FILE", str(file))
    token = load().twilio_auth_token
    assert token is not None
    assert token.get_secret_value() == "from-a-file"


def test_a_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(SettingsError, match="PARCOURS_DATABASE_URL_FILE: /nowhere/url cannot be read"):
        load()


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [("0.0.0.0", "80", "http://127.0.0.1:80"), ("::1", "81", "http://[::1]:81"), ("app", "82", "http://app:82")],
)
def test_links_follow_host_and_port(host: str, port: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_HTTP_HOST", host)
    monkeypatch.setenv("PARCOURS_HTTP_PORT", port)
    assert load().public_url == url


def test_a_public_url_wins_over_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_PUBLIC_URL", "https://parcours.example/")
    settings = load()
    assert (settings.public_url, settings.local_url) == ("https://parcours.example", "http://127.0.0.1:8000")


def _lines(refusal: pytest.ExceptionInfo[SettingsError]) -> list[str]:
    return str(refusal.value).splitlines()


def test_an_empty_named_file_counts_as_unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "key"
    empty.write_text("\n")
    monkeypatch.setenv("PARCOURS_PAYLOAD_KEY_FILE", str(empty))
    assert load().payload_key is None
