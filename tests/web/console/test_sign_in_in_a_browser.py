"""Sign-in and sign-out in Chromium, where the Content-Security-Policy is really applied, JavaScript off here."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import sessions
from tests.browser import chromium, follow, needs_chromium, served
from tests.web.conftest import settings_of
from tests.web.console.provider import CLIENT, certified_provider
from web.app import create_pages

pytestmark = needs_chromium


@asynccontextmanager
async def console(engine: AsyncEngine) -> AsyncIterator[str]:
    """The console, served, behind the certified provider."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with certified_provider(here) as issuer:
            settings = settings_of(public_url=here, oidc_issuer=issuer, **CLIENT)
            app = create_pages(settings, engine, None)  # type: ignore[arg-type]
            async with served(app, listener):
                yield here


@asynccontextmanager
async def page() -> AsyncIterator[Any]:
    async with chromium(java_script_enabled=False) as context:
        yield await context.new_page()


async def test_an_agent_signs_in_at_the_provider_works_and_signs_out_everywhere(engine: AsyncEngine) -> None:
    async with console(engine) as here, page() as tab:
        await tab.goto(f"{here}/console/agenda")
        await follow(tab.get_by_role("link", name="S'identifier"))
        await tab.fill("[name=login]", "Alice:agent:urssaf-idf:alice.martin")
        await tab.fill("[name=password]", "x")
        await follow(tab.locator("button[type=submit]"))
        await follow(tab.locator("button[type=submit]"))
        await tab.wait_for_url(f"{here}/console/agenda")
        assert await tab.get_by_text("Alice Essai").count() == 1
        await follow(tab.get_by_role("button", name="Se déconnecter"))
        await follow(tab.get_by_role("link", name="Terminer la déconnexion"))
        await follow(tab.locator("button[value=yes]"))
        await tab.wait_for_url(f"{here}/console/connexion?state=*")
        await tab.goto(f"{here}/console/agenda")
        assert await tab.get_by_role("link", name="S'identifier").count() == 1
    async with engine.connect() as connection:
        assert (await connection.execute(select(sessions))).all() == []
