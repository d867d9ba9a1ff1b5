"""Sign-in and sign-out in Chromium, where the Content-Security-Policy is really applied, JavaScript off here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import sessions
from tests.web.conftest import settings_of
from tests.web.console.provider import CLIENT, certified_provider
from tests.web.test_browser import CHROMIUM, FLAGS
from web.app import create_pages

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")]


@asynccontextmanager
async def console(engine: AsyncEngine) -> AsyncIterator[str]:
    """The console, served, behind the certified provider."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with certified_provider(here) as issuer:
            settings = settings_of(public_url=here, oidc_issuer=issuer, **CLIENT)
            app = create_pages(settings, engine, None)  # type: ignore[arg-type]
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
            serving = asyncio.ensure_future(server.serve(sockets=[listener]))
            yield here
            server.should_exit = True
            await serving


@asynccontextmanager
async def page() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=str(CHROMIUM), args=FLAGS, env={**os.environ, "LANGUAGE": "fr"}
        )
        yield await browser.new_page(java_script_enabled=False)
        await browser.close()


async def test_an_agent_signs_in_at_the_provider_works_and_signs_out_everywhere(engine: AsyncEngine) -> None:
    async with console(engine) as here, page() as tab:
        await tab.goto(f"{here}/console/agenda")
        await tab.get_by_role("link", name="S'identifier").click()
        await tab.fill("[name=login]", "Alice:agent:urssaf-idf:alice.martin")
        await tab.fill("[name=password]", "x")
        await tab.click("button[type=submit]")
        await tab.click("button[type=submit]")
        await tab.wait_for_url(f"{here}/console/agenda")
        assert await tab.get_by_text("Alice Essai").count() == 1
        await tab.get_by_role("button", name="Se déconnecter").click()
        await tab.get_by_role("link", name="Terminer la déconnexion").click()
        await tab.locator("button[value=yes]").click()
        await tab.wait_for_url(f"{here}/console/connexion?state=*")
        await tab.goto(f"{here}/console/agenda")
        assert await tab.get_by_role("link", name="S'identifier").count() == 1
    async with engine.connect() as connection:
        assert (await connection.execute(select(sessions))).all() == []
