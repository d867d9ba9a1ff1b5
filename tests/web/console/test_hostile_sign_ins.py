"""A provider, or somebody in its place, that lies."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from config.identity.provider import challenge_of
from db import tables
from tests.fakes.issuer import FakeIssuer
from tests.web.console.signed_in import console

BACK = "/console/connexion/retour"
GR = "agent:urssaf-idf:camille"
WHO = {"sub": "u-1", "name": "Camille Essai", "parcours_role": "agent", "parcours_organisation": "urssaf-idf"}


@pytest.fixture
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with FakeIssuer() as issuer:
        issuer.userinfo = WHO
        yield issuer


@pytest.fixture
async def browser(issuer: FakeIssuer, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    async with console(engine, console_login=None, oidc_issuer=issuer.base_url, oidc_client_id="parcours") as browser:
        yield browser


async def start(browser: httpx.AsyncClient) -> dict[str, str]:
    """What the browser is sent to the provider with."""
    gone = await browser.get("/console/connexion/fournisseur")
    assert gone.status_code == 303, gone.text
    return {name: values[0] for name, values in parse_qs(urlsplit(gone.headers["location"]).query).items()}


def answer_with(issuer: FakeIssuer, id_token: str) -> None:
    issuer.token_answer = {"id_token": id_token, "access_token": "opaque", "token_type": "Bearer"}


async def come_back(browser: httpx.AsyncClient, issuer: FakeIssuer, **amiss: Any) -> httpx.Response:
    asked = await start(browser)
    answer_with(issuer, issuer.sign(**{"aud": "parcours", "nonce": asked["nonce"], "sub": "u-1", **amiss}))
    return await browser.get(BACK, params={"code": "a-code", "state": asked["state"]})


async def sessions(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(tables.sessions)) or 0


async def test_an_honest_provider_signs_in_with_pkce(browser: httpx.AsyncClient, issuer: FakeIssuer) -> None:
    asked = await start(browser)
    answer_with(issuer, issuer.sign(aud="parcours", nonce=asked["nonce"], sub="u-1"))
    answer = await browser.get(BACK, params={"code": "a-code", "state": asked["state"]})
    assert answer.headers["location"] == "/console/"
    [sent] = issuer.accepted
    assert (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", challenge_of(sent["code_verifier"]))
    assert sent["redirect_uri"] == asked["redirect_uri"] == f"http://pages.example{BACK}"


@pytest.mark.parametrize(
    "amiss",
    [
        {"iss": "https://another.example"},
        {"aud": "another-client"},
        {"aud": ["parcours", "another-client"]},
        {"azp": "another-client"},
        {"aud": ["parcours"], "azp": "another-client"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": " "},
        {"sub": "u-1\x00"},
        {"sub": "u" * 256},
        {"sub": "\u00e9"},
        {"sub": "somebody-else"},
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
    ],
    ids=lambda amiss: "-".join(amiss),
)
async def test_an_id_token_with_something_amiss_signs_nobody_in(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine, amiss: dict[str, Any]
) -> None:
    assert (await come_back(browser, issuer, **amiss)).status_code == 400
    assert await sessions(engine) == 0


async def test_an_unsigned_id_token_signs_nobody_in(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    asked = await start(browser)
    claims = {**WHO, "iss": issuer.base_url, "aud": "parcours", "nonce": asked["nonce"], "exp": int(time.time()) + 60}
    answer_with(issuer, jwt.encode({**claims, "iat": int(time.time())}, None, "none"))
    assert (await browser.get(BACK, params={"code": "c", "state": asked["state"]})).status_code == 400
    assert await sessions(engine) == 0


async def test_userinfo_signed_by_another_signs_nobody_in(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    another = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer.userinfo = issuer.sign(key=another, aud="parcours", **WHO)
    assert (await come_back(browser, issuer)).status_code == 400
    issuer.userinfo = issuer.sign(aud="parcours", **WHO)
    assert (await come_back(browser, issuer)).status_code == 303
    assert await sessions(engine) == 1


async def test_a_state_serves_once_in_the_browser_that_began_and_not_for_long(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    asked = await start(browser)
    async with console(engine, console_login=None, oidc_issuer=issuer.base_url, oidc_client_id="parcours") as another:
        assert (await another.get(BACK, params={"code": "c", "state": asked["state"]})).status_code == 400
    assert (await browser.get(BACK, params={"code": "c", "state": "invented"})).status_code == 400
    async with engine.begin() as connection:
        await connection.execute(update(tables.sign_ins).values(expires_at=func.now()))
    assert (await browser.get(BACK, params={"code": "c", "state": asked["state"]})).status_code == 400
    assert issuer.accepted == []


@pytest.mark.parametrize(
    "params", [{"error": "access_denied"}, {"code": "c", "iss": "https://evil.example"}, {}], ids=str
)
async def test_an_answer_that_is_no_answer_signs_nobody_in(
    browser: httpx.AsyncClient, issuer: FakeIssuer, params: dict[str, str]
) -> None:
    asked = await start(browser)
    assert (await browser.get(BACK, params={"state": asked["state"], **params})).status_code == 400
    assert issuer.accepted == []


async def test_a_code_used_before_is_refused_by_the_provider(browser: httpx.AsyncClient, issuer: FakeIssuer) -> None:
    asked = await start(browser)
    issuer.token_answer = {"error": "invalid_grant"}
    assert (await browser.get(BACK, params={"code": "c", "state": asked["state"]})).status_code == 400


async def test_a_silent_provider_is_said_to_be_so(engine: AsyncEngine) -> None:
    silent = {"console_login": None, "oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "parcours"}
    async with console(engine, **silent) as browser:
        assert (await browser.get("/console/connexion/fournisseur")).status_code == 503


@pytest.mark.parametrize(
    ("settings", "claims", "status"),
    [
        ({"oidc_people": f"C@example.org={GR}"}, {"email": "c@Example.org", "email_verified": True}, 303),
        ({"oidc_people": f"c@example.org={GR}"}, {"email": "c@example.org", "email_verified": "true"}, 303),
        ({"oidc_people": f"c@example.org={GR}"}, {"email": "c@example.org", "email_verified": False}, 403),
        ({"oidc_people": f"c@example.org={GR}"}, {"email": "c@example.org", "email_verified": "false"}, 403),
        ({"oidc_people": f"c@example.org={GR}"}, {"email": "c@example.org", "email_verified": 1}, 403),
        ({"oidc_people": f"c@example.org={GR}"}, {"email": "c@example.org"}, 403),
        ({"oidc_people": f"c@example.org={GR}", "oidc_trust_email": True}, {"email": "c@example.org"}, 303),
        (
            {"oidc_people": f"c@example.org={GR}", "oidc_trust_email": True},
            {"email": "c@example.org", "email_verified": False},
            403,
        ),
        ({"oidc_people": f"u-1={GR}"}, {"email": "u-1", "email_verified": True}, 303),
        ({"oidc_people": f"u-2={GR}"}, {"email": "u-2", "email_verified": True}, 403),
        ({"oidc_people": f"sub:u-1={GR}"}, {}, 303),
        ({"oidc_people": f"sub:c@example.org={GR}"}, {"email": "c@example.org", "email_verified": True}, 403),
        ({"oidc_people": "u-1=admin:urssaf-idf"}, {}, 303),
        ({}, {"parcours_role": ["agent", "admin"], "parcours_organisation": "urssaf-idf"}, 403),
        ({}, {"parcours_role": "system", "parcours_organisation": "urssaf-idf"}, 403),
        (
            {"oidc_role_claim": "groups", "oidc_roles": "GR=agent", "oidc_organisations": "117=urssaf-idf"},
            {"groups": ["GR", "other"], "parcours_organisation": "117"},
            303,
        ),
        ({"oidc_organisations": "117=urssaf-idf"}, {"parcours_role": "agent", "parcours_organisation": "118"}, 403),
    ],
)
async def test_role_and_organisation_come_from_the_list_or_from_claims(
    engine: AsyncEngine, issuer: FakeIssuer, settings: dict[str, str], claims: dict[str, Any], status: int
) -> None:
    issuer.userinfo = {"sub": "u-1", **claims}
    known = {"console_login": None, "oidc_issuer": issuer.base_url, "oidc_client_id": "parcours", **settings}
    async with console(engine, **known) as browser:
        assert (await come_back(browser, issuer)).status_code == status


async def test_a_subject_that_looks_like_a_listed_address_is_not_that_person(
    engine: AsyncEngine, issuer: FakeIssuer
) -> None:
    issuer.userinfo = {"sub": "boss@example.org"}
    for listed, status in (("boss@example.org", 403), ("sub:boss@example.org", 303)):
        known = {"oidc_issuer": issuer.base_url, "oidc_client_id": "parcours", "oidc_people": f"{listed}={GR}"}
        async with console(engine, console_login=None, **known) as browser:
            assert (await come_back(browser, issuer, sub="boss@example.org")).status_code == status


@pytest.mark.parametrize("claim", ["name", "given_name", "email", "parcours_agent", "parcours_organisation"])
@pytest.mark.parametrize(
    "unreadable", ["\x00", "\ud800", "\x1b[2J", "\u0085", "\u202e", "x" * 100_000], ids=lambda it: ascii(it[:8])
)
async def test_an_unreadable_claim_is_never_a_crash(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine, claim: str, unreadable: str
) -> None:
    issuer.userinfo = {**WHO, "name": None, claim: f"a{unreadable}b"}
    assert (await come_back(browser, issuer)).status_code == (403 if claim == "parcours_organisation" else 303)
    async with engine.connect() as connection:
        names = (await connection.scalars(select(tables.sessions.c.name))).all()
    assert all(name and "\x00" not in name and len(name) <= 200 for name in names)


async def test_whoever_signs_in_for_the_first_time_follows_nobody_until_a_supervisor_says_so(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    issuer.userinfo = {**WHO, "parcours_agent": "camille.essai"}
    assert (await come_back(browser, issuer)).status_code == 303
    async with engine.connect() as connection:
        rows = await connection.execute(select(tables.agents.c.agent, tables.agents.c.trained))
        assert ("camille.essai", False) in {tuple(row) for row in rows}
