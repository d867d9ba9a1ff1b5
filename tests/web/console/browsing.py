"""The console really served, and a browser to look at it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tests.web.test_browser import CHROMIUM, FLAGS

WIDTHS = (320, 1280)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of an application on this machine."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def chromium(**context: Any) -> AsyncIterator[Any]:
    """A browser's context; scripts of tests may run in it whatever the pages forbid."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield await browser.new_context(bypass_csp=True, **context)
        finally:
            await browser.close()
