"""The pages in a real browser, on a phone and on a desk, by keyboard and without JavaScript."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import events
from tests.web.conftest import Pages, settings_of
from web.app import create_pages

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
WIDTHS = (320, 1280)

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]


@pytest.fixture
async def site(engine: AsyncEngine) -> AsyncIterator[str]:
    """The address of the pages, really served."""
    app = create_pages(settings_of(), engine, None)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture(params=WIDTHS)
async def tab(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield await browser.new_page(viewport={"width": request.param, "height": 800}, java_script_enabled=False)
        await browser.close()


async def _fits(tab: Any) -> bool:
    width = await tab.locator("body").evaluate("body => document.documentElement.scrollWidth")
    return bool(width <= tab.viewport_size["width"])


async def test_confirming_then_choosing_by_the_buttons(site: str, tab: Any, pages: Pages) -> None:
    await tab.goto(site + pages.link("confirm"))
    assert await _fits(tab)
    await tab.get_by_role("button", name="Ces coordonnées sont exactes").click()
    assert await tab.get_by_role("heading", level=1).inner_text() == "Vos coordonnées sont confirmées"
    await tab.goto(site + pages.link("preferences"))
    assert await _fits(tab)
    informations = tab.get_by_role("group", name="Informations et bilans")
    await informations.get_by_label("Par SMS").uncheck()
    await tab.get_by_role("button", name="Enregistrer mes choix").click()
    assert "Vos choix sont enregistrés" in await tab.get_by_role("status").inner_text()
    assert not await informations.get_by_label("Par SMS").is_checked()
    assert [event.type for event in await pages.rows(events)] == ["contact.confirmed", "preferences.chosen"]


async def test_the_keyboard_alone_goes_through_a_page(site: str, tab: Any, pages: Pages) -> None:
    await tab.goto(site + pages.link("confirm"))
    await tab.keyboard.press("Tab")
    assert await tab.locator(":focus").inner_text() == "Aller au contenu"
    await tab.keyboard.press("Tab")
    assert await tab.locator(":focus").inner_text() == "Ces coordonnées sont exactes"
    await tab.keyboard.press("Enter")
    await tab.get_by_role("status").wait_for()
    assert len(await pages.rows(events)) == 1
