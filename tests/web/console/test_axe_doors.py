"""Accessibility of what is seen before anybody is signed in, and of refusals."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect
from sqlalchemy.ext.asyncio import AsyncEngine

from config.tokens import development_tokens
from tests.browser import follow, served
from tests.web.conftest import Pages, settings_of
from tests.web.console.test_axe import check, pytestmark, tab  # noqa: F401
from web.app import create_pages

NOBODY = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "parcours"}


def app(engine: AsyncEngine, **settings: Any) -> Any:
    return create_pages(settings_of(**settings), engine, None)  # type: ignore[arg-type]


async def test_the_development_login_and_a_page_of_another_role(engine: AsyncEngine, tab: Any) -> None:  # noqa: F811
    async with served(app(engine, console_login="development", api_tokens=development_tokens())) as url:
        await tab.goto(f"{url}/console/administration")
        await check(tab, "connexion de développement")
        await follow(tab.get_by_role("button", name="Alice Martin").first)
        await expect(tab.get_by_role("heading", level=1)).to_contain_text("rôle")
        await check(tab, "accès refusé")


@pytest.mark.parametrize("path", ["", "/fournisseur", "/retour"])
async def test_the_sign_in_at_a_provider_that_does_not_answer(engine: AsyncEngine, tab: Any, path: str) -> None:  # noqa: F811
    async with served(app(engine, **NOBODY)) as url:
        await tab.goto(f"{url}/console/connexion{path}")
        await check(tab, path)


async def test_the_home_page_and_the_outbox(pages: Pages, tab: Any) -> None:  # noqa: F811
    sms, mail = uuid4(), uuid4()
    await pages.message(id=sms, text="Rappel : paiement lundi.")
    await pages.message(
        id=mail, channel="mail", title="Bienvenue", text="Bonjour", html="<html><head></head>Bonjour</html>"
    )
    await pages.message(text=None, status="dropped", reason="paiement reçu entre-temps", sent_at=None)
    async with served(app(pages.engine, console_login="development")) as url:
        for path in (
            "/",
            "/outbox",
            "/outbox?vue=attente",
            "/outbox?vue=non-partis",
            f"/outbox/{sms}",
            f"/outbox/{mail}",
        ):
            assert (await tab.goto(f"{url}{path}")).status == 200, path
            await check(tab, path)


async def test_an_address_that_is_none_in_the_console(engine: AsyncEngine, tab: Any) -> None:  # noqa: F811
    async with served(app(engine, console_login="development", api_tokens=development_tokens())) as url:
        await tab.goto(f"{url}/console/connexion")
        await follow(tab.get_by_role("button", name="Alice Martin").first)
        assert (await tab.goto(f"{url}/console/nulle-part")).status == 404
        await check(tab, "page introuvable")


async def test_too_many_demands(engine: AsyncEngine, tab: Any) -> None:  # noqa: F811
    async with served(app(engine, console_login="development", calls_per_minute=1)) as url:
        for _ in range(3):
            await tab.goto(f"{url}/console/connexion")
        await expect(tab.get_by_role("heading", level=1)).to_contain_text("Trop de demandes")
        await check(tab, "trop de demandes")
