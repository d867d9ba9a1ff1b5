"""The screenshots of docs/screenshots, taken again by ``PARCOURS_SCREENSHOTS=docs/screenshots pytest -m browser``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium, needs_chromium, served
from tests.web.conftest import settings_of
from tests.web.console.conftest import console, person
from tests.web.console.town import Town
from tests.web.console.working_day import begin, every_page
from web.desk import Desk

pytestmark = needs_chromium
DESK = {"width": 1180, "height": 820}
PHONE = {"width": 360, "height": 740}
SHOTS = {
    "journee": DESK,
    "appel": DESK,
    "portefeuille": DESK,
    "entreprise": {"width": 1180, "height": 1000},
    "agenda": DESK,
    "reunions": DESK,
    "lettres": DESK,
    "encadrement": DESK,
    "administration": DESK,
    "appel-telephone": PHONE,
}
LARGEST = 200_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where they are written."""
    chosen = Path(os.environ.get("PARCOURS_SCREENSHOTS") or tmp_path)
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def _size(file: Path) -> int:
    return file.stat().st_size


async def test_every_screenshot_is_taken_and_small(town: Town, folder: Path) -> None:
    await begin(town)
    pages = await every_page(town)
    desk = Desk(settings_of(console_login="development"), town.engine, None)  # type: ignore[arg-type]
    async with served(console(desk, person("admin"))) as url, chromium() as context:
        for name, size in SHOTS.items():
            tab: Any = await context.new_page()
            await tab.set_viewport_size(size)
            await tab.goto(url + pages[name.removesuffix("-telephone")].partition("?")[0])
            await tab.screenshot(path=folder / f"{name}.png")
            await tab.close()
            assert _size(folder / f"{name}.png") < LARGEST, name
