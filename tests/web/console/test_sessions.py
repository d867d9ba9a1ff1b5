from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db import tables
from db.tables import sessions
from tests.web.console.signed_in import ALICE, console, hidden, sign_in


async def test_without_a_session_the_way_leads_to_the_sign_in_and_back(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        refused = await browser.get("/console/?page=2")
        assert refused.status_code == 303
        assert refused.headers["location"] == "/console/connexion?suite=%2Fconsole%2F%3Fpage%3D2"
        assert (await sign_in(browser, path="/console/?page=2")).headers["location"] == "/console/?page=2"


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/console/..//evil", "/\\evil.example", "/outbox", "/consoles"]
)
async def test_nobody_is_sent_elsewhere_after_the_sign_in(engine: AsyncEngine, path: str) -> None:
    async with console(engine) as browser:
        assert (await sign_in(browser, path=path)).headers["location"] == "/console/"


async def test_the_cookie_is_for_this_host_over_https_and_out_of_reach_of_scripts(engine: AsyncEngine) -> None:
    async with console(engine, public_url="https://parcours.example") as browser:
        answer = await browser.get("/console/connexion")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-parcours=")
    assert {it.lower() for it in attributes} == {"httponly", "path=/", "samesite=lax", "secure"}


async def test_only_a_digest_of_the_token_is_stored_and_signing_in_changes_it(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await browser.get("/console/connexion")
        before = browser.cookies["parcours"]
        await sign_in(browser)
        after = browser.cookies["parcours"]
    async with engine.connect() as connection:
        [row] = (await connection.execute(select(sessions))).all()
    assert before != after
    assert after not in row.key
    assert row.subject == ALICE


@pytest.mark.parametrize("column", ["seen_at", "expires_at"])
async def test_a_session_ends_when_idle_or_too_old(engine: AsyncEngine, column: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        async with engine.begin() as connection:
            await connection.execute(update(sessions).values({column: func.now() - timedelta(hours=2)}))
        assert (await browser.get("/console/")).status_code == 303


async def test_signing_out_ends_the_session_for_who_kept_the_cookie_too(engine: AsyncEngine) -> None:
    async with console(engine) as browser, console(engine) as thief:
        await sign_in(browser)
        thief.cookies.update(browser.cookies)
        page = await browser.get("/console/")
        out = await browser.post("/console/deconnexion", data={"csrf": hidden(page.text)})
        assert out.headers["location"] == "/console/connexion"
        assert (await thief.get("/console/")).status_code == 303


async def test_the_development_login_is_absent_unless_the_settings_say_so(engine: AsyncEngine) -> None:
    async with console(engine, console_login=None) as browser:
        offered = await browser.get("/console/connexion")
        assert "<form" not in offered.text
        assert (await browser.post("/console/connexion", data={"person": ALICE})).status_code == 405


async def test_somebody_who_is_not_in_the_list_cannot_be_chosen(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        assert (await sign_in(browser, "urssaf-idf/nobody")).status_code == 403


async def test_ended_sessions_are_deleted(engine: AsyncEngine) -> None:
    from db.sessions import forget_ended

    async with console(engine) as browser:
        await sign_in(browser)
        old = {"subject": "x", "name": "x", "role": "agent", "organisation": "urssaf-idf"}
        times = dict.fromkeys(("opened_at", "seen_at", "expires_at"), func.now() - timedelta(hours=3))
        async with engine.begin() as connection:
            await connection.execute(insert(tables.sessions).values(key="old", **old, **times))
            assert await forget_ended(connection) == 1
        assert (await browser.get("/console/")).status_code == 200
