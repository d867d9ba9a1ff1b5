"""Sign-ins of several tabs, and how a session ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.end_sessions import end_and_note
from db import tables
from tests.fakes.issuer import FakeIssuer
from tests.web.console.signed_in import console, hidden, sign_in
from tests.web.console.test_hostile_sign_ins import BACK, WHO, answer_with, come_back, sessions, start

ADMIN = "urssaf-idf/admin"


@pytest.fixture
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with FakeIssuer() as issuer:
        issuer.userinfo = WHO
        yield issuer


def known_by(issuer: FakeIssuer, **more: Any) -> dict[str, Any]:
    return {"console_login": None, "oidc_issuer": issuer.base_url, "oidc_client_id": "parcours", **more}


@pytest.fixture
async def browser(issuer: FakeIssuer, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    async with console(engine, **known_by(issuer)) as browser:
        yield browser


async def return_of(browser: httpx.AsyncClient, issuer: FakeIssuer, asked: dict[str, str]) -> httpx.Response:
    answer_with(issuer, issuer.sign(aud="parcours", nonce=asked["nonce"], sub="u-1"))
    return await browser.get(BACK, params={"code": "a-code", "state": asked["state"]})


async def is_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/console/")).status_code == 200


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
async def test_every_tab_that_signs_in_gets_in_in_whatever_order(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine, order: tuple[int, ...]
) -> None:
    tabs = [await start(browser) for _ in order]
    for tab in order:
        assert (await return_of(browser, issuer, tabs[tab])).headers["location"] == "/console/"
        assert await is_in(browser)
    assert await sessions(engine) == 1, "each sign-in ends the session of this browser before it"


async def test_back_after_a_sign_in_leads_on_for_who_is_signed_in_and_for_nobody_else(
    browser: httpx.AsyncClient, issuer: FakeIssuer
) -> None:
    asked = await start(browser)
    await return_of(browser, issuer, asked)
    again = await return_of(browser, issuer, asked)
    assert (again.status_code, again.headers["location"]) == (303, "/console/")
    assert len(issuer.accepted) == 1
    page = await browser.get("/console/connexion", params={"suite": "/console/agenda"})
    assert (page.status_code, page.headers["location"]) == (303, "/console/agenda")
    browser.cookies.delete("parcours")
    assert (await return_of(browser, issuer, asked)).status_code == 400


async def test_a_link_of_another_site_to_the_sign_in_ends_no_session(
    browser: httpx.AsyncClient, issuer: FakeIssuer
) -> None:
    await come_back(browser, issuer)
    before = browser.cookies["parcours"]
    await browser.get("/console/connexion/fournisseur", headers={"Referer": "https://evil.example/"})
    assert browser.cookies["parcours"] == before
    assert await is_in(browser)


async def test_a_sign_in_that_fails_ends_no_session(browser: httpx.AsyncClient, issuer: FakeIssuer) -> None:
    await come_back(browser, issuer)
    asked = await start(browser)
    assert (await browser.get(BACK, params={"error": "access_denied", "state": asked["state"]})).status_code == 400
    assert await is_in(browser)


async def test_the_session_before_is_over_for_who_kept_its_cookie(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    await come_back(browser, issuer)
    async with console(engine, **known_by(issuer)) as thief:
        thief.cookies.update(browser.cookies)
        assert await is_in(thief)
        await come_back(browser, issuer)
        assert not await is_in(thief)
    assert await is_in(browser)


@pytest.fixture
async def signed_in_by_list(
    issuer: FakeIssuer, engine: AsyncEngine, tmp_path: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, Path]]:
    """Somebody whom the list of people names by address, and the file of the list."""
    file = tmp_path / "people"
    file.write_text("c@example.org=supervisor:urssaf-idf,d@example.org=admin:urssaf-idf")
    listed = {"oidc_people": file.read_text(), "oidc_people_file": file}
    issuer.userinfo = {"sub": "u-1", "email": "c@example.org", "email_verified": True}
    async with console(engine, **known_by(issuer, **listed)) as browser:
        assert (await come_back(browser, issuer)).status_code == 303
        yield browser, file


@pytest.mark.parametrize(
    "then",
    [
        "d@example.org=admin:urssaf-idf",
        "",
        "c@example.org=agent:urssaf-idf",
        "c@example.org=supervisor:urssaf-rhone-alpes",
        "c@example.org=supervisor:urssaf-idf:somebody.else",
    ],
)
async def test_rights_that_the_list_takes_away_or_changes_are_gone_at_the_next_request(
    signed_in_by_list: tuple[httpx.AsyncClient, Path], engine: AsyncEngine, then: str
) -> None:
    browser, file = signed_in_by_list
    assert await is_in(browser)
    file.write_text(then)
    assert not await is_in(browser)
    assert await sessions(engine) == 0
    file.write_text("c@example.org=supervisor:urssaf-idf")
    assert not await is_in(browser), "a session that ended stays ended"


@pytest.mark.parametrize("slip", ["c@example.org", "c@example.org=boss:urssaf-idf", None])
async def test_a_slip_in_the_list_shuts_nobody_out(
    signed_in_by_list: tuple[httpx.AsyncClient, Path], slip: str | None
) -> None:
    browser, file = signed_in_by_list
    file.unlink() if slip is None else file.write_text(slip)
    assert await is_in(browser)


@pytest.mark.parametrize(
    "later",
    [
        {"oidc_roles": "GR=agent"},
        {"oidc_organisations": "117=urssaf-idf"},
        {"oidc_role_claim": "groups"},
        {"oidc_people": "u-1=supervisor:urssaf-idf"},
        {"secret_key": "another key"},
    ],
    ids=str,
)
async def test_rights_that_the_settings_take_away_are_gone_after_the_restart(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine, later: dict[str, str]
) -> None:
    await come_back(browser, issuer)
    for settings, stays in (({}, True), (later, False)):
        async with console(engine, **known_by(issuer, **settings)) as after:
            after.cookies.update(browser.cookies)
            assert await is_in(after) is stays


async def test_a_session_of_the_development_login_is_worth_nothing_without_it(
    engine: AsyncEngine, issuer: FakeIssuer
) -> None:
    async with console(engine) as chosen, console(engine, **known_by(issuer)) as real:
        await sign_in(chosen)
        real.cookies.update(chosen.cookies)
        assert await is_in(chosen)
        assert not await is_in(real)


async def test_what_the_provider_said_is_sealed_where_it_is_stored(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    await come_back(browser, issuer)
    async with engine.connect() as connection:
        [row] = await connection.execute(select(tables.sessions))
    assert row.id_token.startswith("sealed:1:")
    assert row.claims.startswith("sealed:1:")
    assert "urssaf" not in row.claims


async def test_an_id_token_stored_in_clear_by_the_version_before_still_signs_out_at_the_provider(
    browser: httpx.AsyncClient, issuer: FakeIssuer, engine: AsyncEngine
) -> None:
    await come_back(browser, issuer)
    async with engine.begin() as connection:
        await connection.execute(update(tables.sessions).values(id_token="in-clear"))
    page = await browser.get("/console/")
    out = await browser.post("/console/deconnexion", data={"csrf": hidden(page.text)})
    assert "id_token_hint=in-clear" in out.text


async def _lines(engine: AsyncEngine) -> list[tuple[str, str, str | None]]:
    accesses = tables.accesses
    async with engine.connect() as connection:
        query = select(accesses.c.author, accesses.c.action, accesses.c.subject).where(
            accesses.c.action == "sessions ended"
        )
        return [tuple(row) for row in await connection.execute(query)]


async def test_an_administrator_ends_all_sessions_of_a_person_of_the_organisation(engine: AsyncEngine) -> None:
    bruno, alice = "urssaf-rhone-alpes/supervisor", "urssaf-idf/supervisor"
    async with console(engine) as admin, console(engine) as one, console(engine) as two, console(engine) as other:
        await sign_in(admin, ADMIN)
        await sign_in(one, alice)
        await sign_in(two, alice)
        await sign_in(other, bruno)
        path = "/console/administration/sessions"
        page = await admin.get(path)
        assert alice in page.text
        assert bruno not in page.text
        form = {"csrf": hidden(page.text)}
        assert (await admin.post(path, data={**form, "personne": bruno})).status_code == 404
        assert (await admin.post(path, data={**form, "personne": alice})).status_code == 303
        assert (await admin.post(path, data={**form, "personne": alice})).status_code == 404
        assert (await admin.post(path, data=form)).status_code == 400
        assert [await is_in(it) for it in (admin, one, two, other)] == [True, False, False, True]
    assert await _lines(engine) == [(ADMIN, "sessions ended", alice)]


@pytest.mark.parametrize("who", ["urssaf-idf/alice.martin", "urssaf-idf/supervisor"])
async def test_nobody_else_does(engine: AsyncEngine, who: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser, who)
        assert (await browser.get("/console/administration/sessions")).status_code == 403


async def test_an_operator_ends_those_of_one_or_of_all_by_a_command(engine: AsyncEngine) -> None:
    async with console(engine) as admin, console(engine) as alice:
        await sign_in(admin, ADMIN)
        await sign_in(alice)
        assert await end_and_note(engine, "urssaf-rhone-alpes", "alice.martin") == 0
        assert await end_and_note(engine, None, "alice.martin") == 1
        assert [await is_in(it) for it in (admin, alice)] == [True, False]
        assert await end_and_note(engine, None, None) == 1
        assert not await is_in(admin)
    noted = await _lines(engine)
    assert noted == [("operator", "sessions ended", it) for it in ("urssaf-idf/alice.martin", ADMIN)]


@pytest.mark.parametrize("csrf", ["é", "\u202f", "€" * 64, ""])
async def test_a_form_with_a_proof_that_is_no_text_of_ours_is_refused(engine: AsyncEngine, csrf: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        assert (await browser.post("/console/deconnexion", data={"csrf": csrf})).status_code == 403
        assert (await browser.post("/console/connexion", data={"csrf": csrf, "person": ADMIN})).status_code == 403
        assert (await browser.post("/console/agenda", data={"csrf": csrf})).status_code == 403
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(tables.sessions)) == 1
