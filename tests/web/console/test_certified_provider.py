"""Signing in at a certified provider that is not ours."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from config.settings import Settings
from db import tables
from tests.api.conftest import POLICIES, NoTemporal
from tests.api.examples import bearing
from tests.web.console.provider import CLIENT, CONSOLE, certified_provider, identify
from tests.web.console.signed_in import console, hidden


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with certified_provider() as issuer:
        yield issuer


@pytest.fixture
async def browser(issuer: str, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    settings = {"console_login": None, "oidc_issuer": issuer, "public_url": CONSOLE, **CLIENT}
    async with console(engine, **settings) as browser:
        yield browser


@pytest.fixture
async def outside() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as outside:
        yield outside


async def sign_in(browser: httpx.AsyncClient, outside: httpx.AsyncClient, login: str) -> httpx.Response:
    offered = await browser.get("/console/connexion?suite=/console/portefeuille")
    [link] = re.findall(r'href="(/console/connexion/fournisseur[^"]*)"', offered.text)
    gone = await browser.get(html.unescape(link))
    return await browser.get(await identify(outside, gone.headers["location"], login))


async def test_a_supervisor_signs_in_and_lands_where_asked(
    browser: httpx.AsyncClient, outside: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    answer = await sign_in(browser, outside, "Camille:supervisor:urssaf-idf:chef")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/portefeuille")
    assert "Camille Essai" in (await browser.get("/console/")).text
    async with engine.connect() as connection:
        [row] = (await connection.execute(select(tables.sessions))).all()
    assert (row.role, row.organisation, row.agent) == ("supervisor", "urssaf-idf", "chef")


async def test_the_same_answer_does_not_sign_in_twice(browser: httpx.AsyncClient, outside: httpx.AsyncClient) -> None:
    gone = await browser.get("/console/connexion/fournisseur")
    back = await identify(outside, gone.headers["location"], "Camille:agent:urssaf-idf:camille")
    assert (await browser.get(back)).status_code == 303
    session = browser.cookies["parcours"]
    again = await browser.get(back)
    assert (again.headers["location"], browser.cookies["parcours"]) == ("/console/", session), "« Back », signed in"
    browser.cookies.delete("parcours")
    assert (await browser.get(back)).status_code == 400


@pytest.mark.parametrize(
    "login", ["Camille", "Camille:chief:urssaf-idf", "Camille:agent:urssaf-nowhere", "C:system:urssaf-idf"]
)
async def test_somebody_without_role_or_organisation_is_told_so(
    browser: httpx.AsyncClient, outside: httpx.AsyncClient, engine: AsyncEngine, login: str
) -> None:
    answer = await sign_in(browser, outside, login)
    assert answer.status_code == 403
    assert "aucun rôle" in answer.text
    async with engine.connect() as connection:
        assert (await connection.execute(select(tables.sessions))).all() == []


async def test_signing_out_leads_to_the_provider_and_back(
    browser: httpx.AsyncClient, outside: httpx.AsyncClient
) -> None:
    await sign_in(browser, outside, "Camille:agent:urssaf-idf:camille")
    page = await browser.get("/console/")
    out = await browser.post("/console/deconnexion", data={"csrf": hidden(page.text)})
    [link] = re.findall(r'class="button" href="([^"]*)"', out.text)
    at_provider = await outside.get(html.unescape(link))
    assert at_provider.status_code == 200
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', at_provider.text)) | {"logout": "yes"}
    [action] = re.findall(r'action="([^"]*)"', at_provider.text)[:1]
    back = await outside.post(action, data=form)
    assert back.headers["location"].startswith(f"{CONSOLE}/console/connexion?state=")
    assert (await browser.get("/console/")).status_code == 303


async def test_a_system_calls_with_a_token_of_the_provider(
    issuer: str, outside: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    audience = "https://parcours.example/api"
    asked = {"grant_type": "client_credentials", "scope": "parcours:system", "resource": audience}
    client = ("core-systems", "another%20secret%20for%20tests%20only%2C%20of%20no%20value")
    given: dict[str, Any] = (await outside.post(f"{issuer}/token", data=asked, auth=client)).json()
    settings = Settings(policies=POLICIES, oauth_issuer=issuer, oauth_audience=audience)
    app = create_app(settings, engine, NoTemporal())  # type: ignore[arg-type]
    async with bearing(app, given["access_token"]) as system:
        assert (await system.get("/v1/subscriptions")).status_code == 200
        assert (await system.get("/v1/journeys")).status_code == 403
