from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import sessions
from tests.web.console.signed_in import console, sign_in


async def test_a_session_that_asks_too_often_is_told_to_wait_in_french(engine: AsyncEngine) -> None:
    async with console(engine, calls_per_minute=4) as browser:
        await sign_in(browser)
        answers = [await browser.get("/console/") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert "Attendez 15 secondes" in answers[-1].text
    assert answers[-1].headers["retry-after"] == "15"
    assert answers[-1].headers["cache-control"] == "no-store"


async def test_who_tries_to_sign_in_too_often_is_held_back_by_address(engine: AsyncEngine) -> None:
    async with console(engine, failures_per_minute=2) as browser:
        tries = [await browser.post("/console/connexion", data={"person": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in tries] == [403, 403, 429]


async def test_who_keeps_inventing_sessions_is_held_back_by_address(engine: AsyncEngine) -> None:
    async with console(engine, failures_per_minute=2) as browser:
        tries = [await browser.get("/console/", headers={"cookie": f"parcours={rank}"}) for rank in range(3)]
    assert [answer.status_code for answer in tries] == [303, 303, 429]


async def test_strangers_at_its_address_do_not_shut_a_session_out(engine: AsyncEngine) -> None:
    async with console(engine, failures_per_minute=2) as browser:
        await sign_in(browser)
        before = await browser.get("/console/")
        for rank in range(3):
            stranger = await browser.get("/console/", headers={"cookie": f"parcours={rank}"})
        assert (before.status_code, stranger.status_code) == (200, 429)
        assert (await browser.get("/console/")).status_code == 200


async def test_pages_asked_for_before_signing_in_are_no_failures(engine: AsyncEngine) -> None:
    async with console(engine, failures_per_minute=2) as browser:
        asked = [await browser.get("/console/", headers={"cookie": ""}) for _ in range(4)]
        assert {answer.status_code for answer in asked} == {303}
        assert (await browser.get("/console/connexion")).status_code == 200


async def test_a_session_that_ended_is_a_stranger_again(engine: AsyncEngine) -> None:
    async with console(engine, failures_per_minute=2) as browser:
        await sign_in(browser)
        assert (await browser.get("/console/")).status_code == 200
        async with engine.begin() as connection:
            await connection.execute(delete(sessions))
        asked = [await browser.get("/console/") for _ in range(3)]
    assert [answer.status_code for answer in asked] == [303, 303, 429]
