"""Chromium for tests: applications really served, and pages waited for before they are looked at."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
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
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@asynccontextmanager
async def served(app: Any, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """The address of an application on this machine; ``listener`` when its address had to be known before."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with listener or socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def chromium(**context: Any) -> AsyncIterator[Any]:
    """A browser's context, in French."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        environment: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": "fr"}
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        try:
            yield await browser.new_context(locale="fr-FR", **context)
        finally:
            await browser.close()


async def follow(element: Any) -> None:
    """Click what leads to a page, and wait until that page has loaded, style sheet included.

    Playwright's own click returns once the navigation has begun: who looks next sees the page before, or half of the
    new one.
    """
    async with element.page.expect_navigation():
        await element.click()


async def enter(tab: Any) -> None:
    """Send a form by the keyboard, and wait until the page it leads to has loaded."""
    async with tab.expect_navigation():
        await tab.keyboard.press("Enter")


async def unfold(summary: Any) -> None:
    """Open a part of the page that stays closed until it is asked for: no other page is loaded."""
    await summary.click()
