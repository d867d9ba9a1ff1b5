"""Accessibility by axe-core: every page, empty, full and after an error, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from tests.browser import WIDTHS, chromium, enter, follow, needs_chromium, served
from tests.web.conftest import settings_of
from tests.web.console.conftest import console, person
from tests.web.console.town import Town
from tests.web.console.working_day import RESTO, begin, every_page
from web.app import create_pages
from web.desk import Desk

axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")
pytestmark = needs_chromium
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"],
    }
}
OPEN_ALL = "for (const it of document.querySelectorAll('details')) it.open = true"
SKIP_CHECKS = "for (const it of document.forms) it.noValidate = true"


@pytest.fixture(params=WIDTHS)
async def tab(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with chromium(viewport={"width": request.param, "height": 800}, bypass_csp=True) as context:
        yield await context.new_page()


def seen_by(engine: AsyncEngine, role: str = "admin") -> Any:
    settings = settings_of(console_login="development")
    return served(console(Desk(settings, engine, None), person(role)))  # type: ignore[arg-type]


async def check(tab: Any, name: str) -> None:
    """No violation, and nothing to scroll sideways."""
    await tab.evaluate(OPEN_ALL)
    results = await axe.Axe().run(tab, options=RULES)
    found = [(it["id"], [node["html"][:200] for node in it["nodes"][:3]]) for it in results.response["violations"]]
    assert found == [], name
    assert await tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"], name


async def test_every_page_of_a_working_day(town: Town, tab: Any) -> None:
    await begin(town)
    async with seen_by(town.engine) as url:
        for name, path in (await every_page(town)).items():
            answer = await tab.goto(url + path)
            assert answer.status in (200, 404), name
            await check(tab, name)


SESSIONS = "administration/sessions"


async def test_every_page_when_there_is_nothing(database_url: str, tab: Any) -> None:
    engine = make_engine(database_url)
    async with seen_by(engine) as url:
        for name in ("", "portefeuille", "agenda", "reunions", "lettres", "encadrement", "administration", SESSIONS):
            assert (await tab.goto(f"{url}/console/{name}")).status == 200, name
            await check(tab, name)
    await engine.dispose()


async def _press(tab: Any, button: str) -> None:
    await tab.evaluate(SKIP_CHECKS)
    await follow(tab.get_by_role("button", name=button, exact=True).first)


async def _refuse(tab: Any) -> None:
    await tab.get_by_label("Refuser, avec un motif").check()
    await _press(tab, "Enregistrer la décision")


async def _wrong_agent(tab: Any) -> None:
    await tab.get_by_label("Identifiant").fill("Nora Ziani")
    await _press(tab, "Enregistrer")


async def _write_letter(tab: Any, sectors: str) -> None:
    await tab.get_by_label("Titre").fill("Ce qui change")
    await tab.get_by_label("Texte").fill("## Le taux\n\nIl baisse : [lire](https://www.urssaf.fr).\n\n- un\n- deux")
    await tab.get_by_label("Secteurs").fill(sectors)
    await _press(tab, "Voir l'aperçu")


async def _wrong_sector(tab: Any) -> None:
    await _write_letter(tab, "boulangers")


async def _wrong_siren(tab: Any) -> None:
    await tab.get_by_label("Une entreprise, par son SIREN").fill("123")
    await _press(tab, "Voir avant de confier cette entreprise")


async def test_every_page_after_an_error(town: Town, tab: Any) -> None:
    await begin(town)
    pages = await every_page(town)
    wrongs: dict[str, Callable[[Any], Any]] = {
        "appel": lambda tab: _press(tab, "Terminer la tâche"),
        "entreprise": _refuse,
        "agenda": lambda tab: _press(tab, "Publier"),
        "lettres": _wrong_sector,
        "encadrement": _wrong_siren,
        "administration": _wrong_agent,
        "suspensions": lambda tab: _press(tab, "Suspendre la règle"),
    }
    async with seen_by(town.engine) as url:
        for name, err in wrongs.items():
            await tab.goto(url + pages[name])
            await err(tab)
            assert await tab.get_by_role("alert").count() == 1, name
            await check(tab, name)


async def test_a_letter_is_seen_before_it_is_planned(town: Town, tab: Any) -> None:
    async with seen_by(town.engine) as url:
        await tab.goto(f"{url}/console/lettres")
        await _write_letter(tab, "56, 47.11B")
        await check(tab, "aperçu")
        await follow(tab.get_by_role("button", name="Programmer l'envoi"))
        assert "La lettre est programmée" in await tab.get_by_role("status").inner_text()


async def test_the_doors_of_the_console(town: Town, tab: Any) -> None:
    pages = create_pages(settings_of(console_login="development"), town.engine, None)  # type: ignore[arg-type]
    async with served(pages) as url:
        await tab.goto(f"{url}/console/administration")
        await check(tab, "connexion")
        await follow(tab.get_by_role("button", name="Alice Martin"))
        assert "Accès refusé" in await tab.title()
        await check(tab, "refus")
        await tab.goto(f"{url}/console/")
        await check(tab, "journée")
        await follow(tab.get_by_role("button", name="Se déconnecter"))
        await check(tab, "déconnexion")


async def test_the_keyboard_alone_decides_a_plan(town: Town, tab: Any) -> None:
    await town.ask_plan(town.firm(RESTO))
    async with seen_by(town.engine, "agent") as url:
        await tab.goto(f"{url}/console/entreprises/{town.firm(RESTO).siren}")
        await tab.keyboard.press("Tab")
        assert await tab.locator(":focus").inner_text() == "Aller au contenu"
        for _ in range(60):
            await tab.keyboard.press("Tab")
            if await tab.locator(":focus").get_attribute("name") == "decision":
                break
        await tab.keyboard.press("Space")
        assert await tab.get_by_label("Accepter l'échéancier demandé").is_checked()
        await enter(tab)
        await tab.get_by_role("status").wait_for()
    (plan,) = (await town.journey(town.firm(RESTO))).plans.values()
    assert (plan.status, plan.instalments[0].due_on > date.today()) == ("running", True)
