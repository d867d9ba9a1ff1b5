"""Who goes astray in the console stays in it, and is told where to go on."""

from __future__ import annotations

from html import unescape

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.web.console.signed_in import console, hidden, sign_in

SIREN = "732829320"
MENU = 'aria-label="Menu principal"'


def check_frame(answer: httpx.Response, status: int) -> str:
    assert (answer.status_code, MENU in answer.text) == (status, True), answer.text
    assert 'href="/console/"' in answer.text
    return unescape(answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "nulle-part",
        "encadrement/nulle-part",
        "taches/00000000-0000-0000-0000-000000000000",
        "entreprises/000000000",
        "entreprises/x/y/z",
    ],
)
async def test_an_address_that_is_none_keeps_the_menu(engine: AsyncEngine, path: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        said = check_frame(await browser.get(f"/console/{path}"), 404)
    assert "Page introuvable" in said
    assert 'href="/console/portefeuille"' in said


async def test_the_address_of_a_form_leads_to_the_page_that_has_it(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        answer = await browser.get(f"/console/entreprises/{SIREN}/notes")
        said = check_frame(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert f'href="/console/entreprises/{SIREN}"' in said


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", "portefeuille"), ("POST", "portefeuille")])
async def test_a_way_of_asking_that_is_none_keeps_the_menu(engine: AsyncEngine, method: str, path: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        answer = await browser.request(method, f"/console/{path}")
        check_frame(answer, 405)
    assert "GET" in answer.headers["allow"]


async def test_a_form_that_lacks_something_keeps_the_menu(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser, "urssaf-idf/supervisor")
        csrf = hidden((await browser.get("/console/")).text)
        answer = await browser.post("/console/lettres", data={"csrf": csrf, "action": "rien"})
    assert "Rien n'a été enregistré" in check_frame(answer, 400)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nulle-part", 404), ("PUT", "", 405)])
async def test_nobody_known_sees_no_menu_and_the_way_in(
    engine: AsyncEngine, method: str, path: str, status: int
) -> None:
    async with console(engine) as browser:
        answer = await browser.request(method, f"/console/{path}")
    assert (answer.status_code, MENU in answer.text) == (status, False)
    assert 'href="/console/"' in answer.text
