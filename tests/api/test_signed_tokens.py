from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from config.identity.fetching import IssuerUnreachable
from config.identity.kept import KEPT_SECONDS, KEPT_WHILE_AWAY_SECONDS, PAUSE_SECONDS
from config.identity.keys import Keys
from config.settings import Settings
from tests.api.conftest import POLICIES, NoTemporal
from tests.api.examples import bearing, nowhere
from tests.fakes.issuer import FakeIssuer

AUDIENCE = "https://parcours.example/api"
GOOD = {"aud": AUDIENCE, "scope": "parcours:supervisor", "organisation": "urssaf-idf", "sub": "a system"}


@pytest.fixture
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with FakeIssuer() as issuer:
        yield issuer


def app_of(issuer: FakeIssuer, engine: AsyncEngine, **overrides: Any) -> Any:
    settings = Settings(policies=POLICIES, **{"oauth_issuer": issuer.base_url, "oauth_audience": AUDIENCE, **overrides})
    return create_app(settings, engine, NoTemporal())  # type: ignore[arg-type]


async def ask(app: Any, token: str, path: str = "/v1/agents") -> httpx.Response:
    async with bearing(app, token) as client:
        return await client.get(path)


@pytest.fixture
def app(issuer: FakeIssuer, engine: AsyncEngine) -> Any:
    return app_of(issuer, engine)


async def test_a_good_token_gives_its_role_in_its_organisation(issuer: FakeIssuer, app: Any) -> None:
    assert (await ask(app, issuer.sign(**GOOD))).status_code == 200
    system = issuer.sign(**{**GOOD, "scope": "openid parcours:system"})
    assert (await ask(app, system)).status_code == 403
    assert (await ask(app, system, "/v1/subscriptions")).status_code == 200


@pytest.mark.parametrize(
    "amiss",
    [
        {"iss": "https://another.example"},
        {"aud": "https://another.example"},
        {"aud": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"organisation": None},
        {"organisation": ["urssaf-idf"]},
        {"organisation": "Urssaf; --"},
    ],
)
async def test_a_token_with_something_amiss_is_refused(issuer: FakeIssuer, app: Any, amiss: dict[str, Any]) -> None:
    answer = await ask(app, issuer.sign(**{**GOOD, **amiss}))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="parcours", error="invalid_token"'


async def test_half_a_minute_of_difference_between_clocks_is_forgiven(issuer: FakeIssuer, app: Any) -> None:
    assert (await ask(app, issuer.sign(**GOOD, exp=int(time.time()) - 5))).status_code == 200


@pytest.mark.parametrize("scope", ["", "openid", "parcours:agent parcours:admin", "parcours:nobody"])
async def test_a_token_without_one_role_says_which_scope_it_lacks(issuer: FakeIssuer, app: Any, scope: str) -> None:
    answer = await ask(app, issuer.sign(**{**GOOD, "scope": scope}))
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_an_organisation_without_policy_is_refused(issuer: FakeIssuer, app: Any) -> None:
    assert (await ask(app, issuer.sign(**{**GOOD, "organisation": "urssaf-nowhere"}))).status_code == 403


def unsigned(issuer: FakeIssuer) -> str:
    return jwt.encode({**GOOD, "iss": issuer.base_url, "exp": int(time.time()) + 60}, None, "none")


def signed_with_the_public_key(issuer: FakeIssuer) -> str:
    """Written by hand: no library signs so."""
    header = {"alg": "HS256", "typ": "JWT", "kid": issuer.kid}
    claims = {**GOOD, "iss": issuer.base_url, "exp": int(time.time()) + 60}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    mac = hmac.new(issuer.public_pem, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def signed_by_another(issuer: FakeIssuer) -> str:
    return issuer.sign(key=rsa.generate_private_key(public_exponent=65537, key_size=2048), **GOOD)


def tampered(issuer: FakeIssuer) -> str:
    header, _, signature = issuer.sign(**GOOD).split(".")
    claims = {**GOOD, "iss": issuer.base_url, "exp": int(time.time()) + 60, "organisation": "urssaf-rhone-alpes"}
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{signature}"


def with_its_own_key(issuer: FakeIssuer) -> str:
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return issuer.sign({"jwk": issuer.jwk(own), "jku": "https://evil.example/jwks"}, own, **GOOD)


FORGERIES = [unsigned, signed_with_the_public_key, signed_by_another, tampered, with_its_own_key]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
async def test_a_forged_token_is_refused(issuer: FakeIssuer, app: Any, forge: Any) -> None:
    assert (await ask(app, forge(issuer))).status_code == 401


@pytest.mark.parametrize("garbage", ["a.b.c", "..", "x" * 20_000 + ".y.z", "e30.e30.", "é.é.é"])
async def test_what_is_no_token_at_all_is_refused(app: Any, garbage: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        headers = [(b"authorization", b"Bearer " + garbage.encode())]
        assert (await client.get("/v1/agents", headers=headers)).status_code == 401


async def test_without_an_issuer_signed_tokens_are_unknown(issuer: FakeIssuer, engine: AsyncEngine) -> None:
    app = app_of(issuer, engine, oauth_issuer=None)
    assert (await ask(app, issuer.sign(**GOOD))).status_code == 401


async def test_when_the_issuer_is_silent_the_caller_is_told_to_come_back(issuer: FakeIssuer) -> None:
    app = app_of(issuer, nowhere(), oauth_issuer="http://127.0.0.1:9")
    answer = await ask(app, issuer.sign(**GOOD))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_new_key_is_fetched_when_a_token_names_it_and_the_old_one_stops(issuer: FakeIssuer) -> None:
    clock, asked = Clock(), f"{issuer.base_url}/jwks"

    async def locate() -> str:
        return asked

    keys = Keys(locate, clock)
    assert await keys.find("key-1")
    issuer.rotate()
    clock.now += PAUSE_SECONDS
    assert await keys.find("key-2")
    assert await keys.find("key-1") is None
    assert issuer.asked == 2


async def test_invented_key_names_do_not_make_the_issuer_asked_each_time(issuer: FakeIssuer) -> None:
    async def locate() -> str:
        return f"{issuer.base_url}/jwks"

    keys = Keys(locate, Clock())
    assert [await keys.find(f"invented-{rank}") for rank in range(50)] == [None] * 50
    assert issuer.asked == 1


async def test_known_keys_serve_on_for_a_day_while_the_issuer_is_away(issuer: FakeIssuer) -> None:
    clock, address = Clock(), f"{issuer.base_url}/jwks"

    async def locate() -> str:
        return address

    keys = Keys(locate, clock)
    assert await keys.find("key-1")
    address, clock.now = "http://127.0.0.1:9/jwks", KEPT_SECONDS
    assert await keys.find("key-1")
    with pytest.raises(IssuerUnreachable):
        await keys.find("key-2")
    clock.now = KEPT_WHILE_AWAY_SECONDS
    with pytest.raises(IssuerUnreachable):
        await keys.find("key-1")
    address = f"{issuer.base_url}/jwks"
    assert await keys.find("key-1")


async def test_an_issuer_that_is_away_is_not_asked_for_each_token(issuer: FakeIssuer) -> None:
    clock, asked = Clock(), list[int]()

    async def locate() -> str:
        asked.append(1)
        return f"{issuer.base_url}/jwks" if len(asked) == 1 else "http://127.0.0.1:9/jwks"

    keys = Keys(locate, clock)
    await keys.find("key-1")
    clock.now = KEPT_SECONDS
    assert all([await keys.find("key-1") for _ in range(20)])
    assert len(asked) == 2
