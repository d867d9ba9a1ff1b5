"""A browser at the console."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.web.conftest import URL, settings_of
from web.app import create_pages

ALICE = "urssaf-idf/alice.martin"


def hidden(text: str, name: str = "csrf") -> str:
    """A hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"no hidden field {name}"
    return found[1]


@asynccontextmanager
async def console(engine: AsyncEngine, **overrides: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in; development login unless told otherwise."""
    settings = settings_of(**{"console_login": "development", **overrides})
    app = create_pages(settings, engine, None)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=settings.public_url or URL) as browser:
        yield browser


async def sign_in(browser: httpx.AsyncClient, subject: str = ALICE, path: str = "/console/") -> httpx.Response:
    """Choose somebody at the development login."""
    offered = await browser.get("/console/connexion", params={"suite": path})
    form = {"csrf": hidden(offered.text), "suite": hidden(offered.text, "suite"), "person": subject}
    return await browser.post("/console/connexion", data=form)
