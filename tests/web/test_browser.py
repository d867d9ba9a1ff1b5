"""The pages in a real browser, on a phone and on a desk, by keyboard and without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import events
from domain.requests import Ask
from notifications.wording import jour_mail
from tests.browser import WIDTHS, chromium, enter, follow, needs_chromium, served
from tests.web.cases import Steps, at, every_case, offer, publish
from tests.web.conftest import TODAY, Pages, settings_of
from tests.web.test_plan import owe
from web.app import create_pages

pytestmark = needs_chromium


@pytest.fixture
async def site(engine: AsyncEngine) -> AsyncIterator[str]:
    """The address of the pages, really served."""
    async with served(create_pages(settings_of(), engine, None)) as url:  # type: ignore[arg-type]
        yield url


@pytest.fixture(params=WIDTHS)
async def tab(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    size = {"width": request.param, "height": 800}
    async with chromium(viewport=size, java_script_enabled=False) as context:
        yield await context.new_page()


async def _fits(tab: Any) -> bool:
    width = await tab.locator("body").evaluate("body => document.documentElement.scrollWidth")
    return bool(width <= tab.viewport_size["width"])


async def test_confirming_then_choosing_by_the_buttons(site: str, tab: Any, pages: Pages) -> None:
    await tab.goto(site + pages.link("confirm"))
    assert await _fits(tab)
    await follow(tab.get_by_role("button", name="Ces coordonnées sont exactes"))
    assert await tab.get_by_role("heading", level=1).inner_text() == "Vos coordonnées sont confirmées"
    await tab.goto(site + pages.link("preferences"))
    assert await _fits(tab)
    informations = tab.get_by_role("group", name="Informations et bilans")
    await informations.get_by_label("Par SMS").uncheck()
    await follow(tab.get_by_role("button", name="Enregistrer mes choix"))
    assert "Vos choix sont enregistrés" in await tab.get_by_role("status").inner_text()
    assert not await informations.get_by_label("Par SMS").is_checked()
    assert [event.type for event in await pages.rows(events)] == ["contact.confirmed", "preferences.chosen"]


async def test_every_page_about_a_case_fits_the_screen(site: str, tab: Any, pages: Pages) -> None:
    for name, path in (await every_case(pages)).items():
        assert (await tab.goto(site + path)).status == 200, name
        assert await _fits(tab), name


async def test_a_slot_is_chosen_by_its_label_then_moved_and_given_up(
    site: str, tab: Any, pages: Pages, steps: Steps
) -> None:
    await publish(pages, at(3, 14), at(4, 9))
    await tab.goto(site + await offer(pages))
    first_day = tab.get_by_role("group", name=jour_mail(TODAY + timedelta(days=3)))
    await first_day.get_by_label("14 h, par téléphone").check()
    await follow(tab.get_by_role("button", name="Réserver ce moment"))
    assert "C'est noté" in await tab.get_by_role("status").inner_text()
    await follow(tab.get_by_role("link", name="Déplacer ce rendez-vous"))
    await tab.get_by_label("9 h, en visioconférence").check()
    await follow(tab.get_by_role("button", name="Déplacer à ce moment"))
    assert "En visioconférence" in await tab.get_by_role("main").inner_text()
    await follow(tab.get_by_role("link", name="Annuler ce rendez-vous"))
    await follow(tab.get_by_role("button", name="Oui, annuler ce rendez-vous"))
    assert await tab.get_by_role("heading", level=1).inner_text() == "Votre premier rendez-vous est annulé"
    assert [it.ask for it in steps.asked] == [Ask.BOOK, Ask.RESCHEDULE, Ask.CANCEL]


async def test_a_plan_is_split_by_the_page_then_asked_for(site: str, tab: Any, pages: Pages, steps: Steps) -> None:
    await tab.goto(site + await owe(pages))
    assert await _fits(tab)
    await tab.get_by_label("En combien de fois").select_option("2")
    await follow(tab.get_by_role("button", name="Répartir à parts égales"))
    second = tab.get_by_role("group", name="Échéance 2")
    assert await second.get_by_label("Montant en euros").input_value() == "450,00"
    await tab.get_by_label("Ce qui s'est passé").fill("Un client paie en retard")
    await follow(tab.get_by_role("button", name="Envoyer ma demande"))
    assert await tab.get_by_role("heading", level=1).inner_text() == "Votre demande de délai est reçue"
    assert await _fits(tab)
    assert [len(it.data["instalments"]) for it in steps.asked] == [2]


async def test_a_difficulty_is_announced_from_the_page_of_requests(
    site: str, tab: Any, pages: Pages, steps: Steps
) -> None:
    await tab.goto(site + pages.link("help"))
    assert await _fits(tab)
    await follow(tab.get_by_role("button", name="Annoncer cette difficulté"))
    assert "Votre difficulté est notée" in await tab.get_by_role("status").inner_text()
    assert [it.ask for it in steps.asked] == [Ask.DIFFICULTY]


async def test_the_keyboard_alone_goes_through_a_page(site: str, tab: Any, pages: Pages) -> None:
    await tab.goto(site + pages.link("confirm"))
    await tab.keyboard.press("Tab")
    assert await tab.locator(":focus").inner_text() == "Aller au contenu"
    await tab.keyboard.press("Tab")
    assert await tab.locator(":focus").inner_text() == "Ces coordonnées sont exactes"
    await enter(tab)
    await tab.get_by_role("status").wait_for()
    assert len(await pages.rows(events)) == 1
