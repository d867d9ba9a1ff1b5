"""A table of settings, row by row: what starts, what is refused, and what each refusal says to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.addresses import is_loopback
from config.environment import warnings
from config.errors import SettingsError
from config.misspelt import COMPOSE, misspelt
from config.settings import Settings, load

ROOT = Path(__file__).parents[2]
KEY, TOKEN = "k" * 32, "t" * 24
HTTPS = {"PARCOURS_PUBLIC_URL": "https://parcours.example"}
WORLD = {"PARCOURS_HTTP_HOST": "0.0.0.0"}
LAN = {"PARCOURS_PUBLIC_URL": "http://192.168.1.5:8000"}
PRODUCTION = {"PARCOURS_ENVIRONMENT": "production"}
DEVELOPMENT = {"PARCOURS_ENVIRONMENT": "development"}
TWILIO = {
    "PARCOURS_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "secret",
    "PARCOURS_TWILIO_FROM": "Urssaf",
}
SENDGRID = {
    "PARCOURS_MAIL": "sendgrid",
    "SENDGRID_API_KEY": "SG.a.b",
    "PARCOURS_MAIL_FROM": "a@b.example",
    "PARCOURS_SENDGRID_WEBHOOK_KEY": "key",
}
PROVIDERS = TWILIO | SENDGRID
SECRET = {"PARCOURS_SECRET_KEY": KEY}
TOKENS = {"PARCOURS_API_TOKENS": f"{TOKEN}=system:urssaf-idf"}
CREDENTIALS = SECRET | TOKENS
OAUTH = {"PARCOURS_OAUTH_ISSUER": "https://issuer.example", "PARCOURS_OAUTH_AUDIENCE": "parcours"}
OIDC = {"PARCOURS_OIDC_ISSUER": "https://issuer.example", "PARCOURS_OIDC_CLIENT_ID": "parcours"}
LOGIN = {"PARCOURS_CONSOLE_LOGIN": "development"}
LACKING = {"PARCOURS_SECRET_KEY", "PARCOURS_API_TOKENS", "PARCOURS_SMS", "PARCOURS_MAIL"}

STARTS = {
    "nothing is set": {},
    "loopback under another name": {"PARCOURS_HTTP_HOST": "localhost"},
    "loopback by IPv6": {"PARCOURS_HTTP_HOST": "::1"},
    "another loopback address": {"PARCOURS_HTTP_HOST": "127.0.0.2"},
    "weak credentials on this machine": {
        "PARCOURS_SECRET_KEY": "x",
        "PARCOURS_API_TOKENS": "a=admin:urssaf-idf",
    },
    "a development login on this machine": LOGIN,
    "development said, for all addresses": DEVELOPMENT | WORLD,
    "development said, on a local network": DEVELOPMENT | WORLD | LAN | LOGIN,
    "https with everything": HTTPS | PROVIDERS | CREDENTIALS,
    "all addresses with everything": WORLD | PROVIDERS | CREDENTIALS,
    "production said on loopback": PRODUCTION | PROVIDERS | CREDENTIALS,
    "an issuer of systems instead of tokens": HTTPS | PROVIDERS | SECRET | OAUTH,
    "an issuer of people instead of tokens": HTTPS | PROVIDERS | SECRET | OIDC,
    "a rehearsal: https, development said, nothing leaves": DEVELOPMENT | HTTPS | CREDENTIALS,
    "an internal subscriber": HTTPS | PROVIDERS | CREDENTIALS | {"PARCOURS_WEBHOOK_ALLOW": "hooks.internal"},
}
REFUSED = {
    "https alone": (HTTPS, LACKING),
    "all addresses alone": (WORLD, LACKING),
    "one address of a network": ({"PARCOURS_HTTP_HOST": "10.0.0.5"}, LACKING),
    "a name that is not loopback": ({"PARCOURS_HTTP_HOST": "parcours"}, LACKING),
    "production said": (PRODUCTION, LACKING),
    "mail alone": (HTTPS | CREDENTIALS | SENDGRID, {"PARCOURS_SMS"}),
    "SMS alone": (HTTPS | CREDENTIALS | TWILIO, {"PARCOURS_MAIL"}),
    "31 bytes": (HTTPS | PROVIDERS | TOKENS | {"PARCOURS_SECRET_KEY": "x" * 31}, {"PARCOURS_SECRET_KEY"}),
    "23 characters": (
        HTTPS | PROVIDERS | SECRET | {"PARCOURS_API_TOKENS": f"{TOKEN}=system:o,{'u' * 23}=admin:o"},
        {"PARCOURS_API_TOKENS"},
    ),
    "short tokens beside an issuer": (
        HTTPS | PROVIDERS | SECRET | OAUTH | {"PARCOURS_API_TOKENS": "a=system:o"},
        {"PARCOURS_API_TOKENS"},
    ),
    "no credential at all": (HTTPS | PROVIDERS | SECRET, {"PARCOURS_API_TOKENS"}),
    "a development login": (HTTPS | WORLD | PROVIDERS | CREDENTIALS | LOGIN, {"PARCOURS_CONSOLE_LOGIN"}),
    "a development login under https, whatever is said": (
        DEVELOPMENT | HTTPS | CREDENTIALS | LOGIN,
        {"PARCOURS_CONSOLE_LOGIN"},
    ),
    "https, development said, nothing else": (DEVELOPMENT | HTTPS, {"PARCOURS_SECRET_KEY", "PARCOURS_API_TOKENS"}),
    "subscribers on this machine": (
        HTTPS | PROVIDERS | CREDENTIALS | {"PARCOURS_WEBHOOK_ALLOW": "hooks.internal,localhost,127.0.0.9"},
        {"PARCOURS_WEBHOOK_ALLOW"},
    ),
    "an unknown environment": (DEVELOPMENT | {"PARCOURS_ENVIRONMENT": "prod"}, {"PARCOURS_ENVIRONMENT"} | LACKING),
    "an unreadable address": ({"PARCOURS_PUBLIC_URL": "htps://a"}, {"PARCOURS_PUBLIC_URL"} | LACKING),
    "a provider without its variables, an issuer too, and a bad port": (
        HTTPS
        | {"PARCOURS_SMS": "twilio", "PARCOURS_OAUTH_ISSUER": "https://i.example", "PARCOURS_HTTP_PORT": "eighty"},
        {"PARCOURS_SECRET_KEY", "PARCOURS_MAIL", "PARCOURS_HTTP_PORT", "TWILIO_AUTH_TOKEN", "PARCOURS_OAUTH_AUDIENCE"},
    ),
}


def _say(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("row", STARTS)
def test_what_starts(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _say(monkeypatch, STARTS[row])
    assert load(to_serve=True).secret_key.get_secret_value()


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused_is_named_all_at_once_with_its_remedy(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variables, wrong = REFUSED[row]
    _say(monkeypatch, variables)
    with pytest.raises(SettingsError) as refusal:
        load(to_serve=True)
    lines = str(refusal.value).splitlines()
    assert all(any(name in line for line in lines) for name in wrong)
    assert len(lines) == len(wrong)
    assert not any(value in str(refusal.value) for value in (KEY, TOKEN, "u" * 23))


def test_what_is_refused_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _say(monkeypatch, HTTPS)
    with pytest.raises(SettingsError) as refusal:
        load(to_serve=True)
    assert "PARCOURS_SECRET_KEY: not set, at least 32 bytes are needed: make one with `openssl rand" in str(
        refusal.value
    )
    assert "openssl rand -hex 24" in str(refusal.value)


def test_thirty_two_bytes_are_counted_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    _say(monkeypatch, HTTPS | PROVIDERS | TOKENS | {"PARCOURS_SECRET_KEY": "é" * 16})
    assert load(to_serve=True).is_production


@pytest.mark.parametrize("variables", [HTTPS, WORLD, PRODUCTION, DEVELOPMENT | HTTPS], ids=str)
def test_nothing_is_invented_where_others_may_come(
    variables: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _say(monkeypatch, variables)
    settings = load()
    assert (settings.api_tokens, settings.secret_key.get_secret_value()) == ((), "")
    assert not home.exists()


@pytest.mark.parametrize("issuer", [OAUTH, OIDC], ids=str)
def test_no_token_is_invented_beside_a_real_issuer(issuer: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _say(monkeypatch, issuer)
    assert load(to_serve=True).api_tokens == ()


def test_credentials_invented_in_development_are_not_taken_along(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().api_tokens
    _say(monkeypatch, HTTPS)
    assert load().api_tokens == ()


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({}, None),
        (DEVELOPMENT, None),
        (DEVELOPMENT | WORLD, "outbox"),
        (LAN, "192.168.1.5"),
        (DEVELOPMENT | WORLD | LOGIN, "choose who to be"),
        (DEVELOPMENT | HTTPS | CREDENTIALS, "sent to nobody"),
        (WORLD | PROVIDERS | CREDENTIALS | {"PARCOURS_PAYLOAD_KEY": "A" * 43 + "="}, "in clear"),
        (HTTPS | PROVIDERS | CREDENTIALS, "PARCOURS_PAYLOAD_KEY"),
        (HTTPS | PROVIDERS | CREDENTIALS | {"PARCOURS_PAYLOAD_KEY": "A" * 43 + "="}, None),
    ],
    ids=str,
)
def test_what_is_dangerous_when_it_is_not_meant_is_said(
    variables: dict[str, str], warned: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _say(monkeypatch, variables)
    said = "\n".join(warnings(load(to_serve=True)))
    assert warned in said if warned else not said


def test_a_misspelt_variable_is_said_with_the_one_that_was_meant() -> None:
    said = misspelt({"PARCOURS_ENVIRONEMENT": "production", "PARCOURS_NONSENSE_AT_ALL_1": "hunter2", "HOME": "/"})
    assert len(said) == 2
    assert said[0] == "PARCOURS_ENVIRONEMENT is no setting and does nothing: PARCOURS_ENVIRONMENT is meant?"
    assert "hunter2" not in said[1]


def test_what_kubernetes_says_of_its_services_is_not_misspelt() -> None:
    described = {"PARCOURS_API_SERVICE_HOST": "10.0.0.1", "PARCOURS_API_PORT": "tcp://10.0.0.1:80"}
    assert misspelt(described | {"PARCOURS_API_PORT_80_TCP_ADDR": "10.0.0.1"}) == []


def test_every_variable_that_is_read_is_known() -> None:
    assert misspelt({f"PARCOURS_{name}".upper(): "" for name in Settings.model_fields if name.startswith("oidc")}) == []
    lines = (ROOT / "deploy/example.env").read_text().splitlines()
    example = {line.partition("=")[0]: "" for line in lines if "=" in line and not line.startswith("#")}
    assert misspelt(example) == []
    assert set(example) >= COMPOSE


@given(st.integers(0, 2**24 - 1))
def test_every_address_of_127_is_this_machine(rest: int) -> None:
    assert is_loopback(f"127.{rest >> 16}.{rest >> 8 & 255}.{rest & 255}")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "localhost.example", "0", "fe80::1"])
def test_no_other_address_is(host: str) -> None:
    assert not is_loopback(host)
