"""On a development machine, the clock of a journey moved on from its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from config.embedded.temporal import EmbeddedTemporal
from tests.e2e.conftest import SIREN, System, free_port, whole_system
from tests.e2e.test_from_an_event_to_its_receipt import MINE, enrol
from tests.web.console.signed_in import hidden, sign_in

PAGE = f"/console/entreprises/{SIREN}"


@pytest.fixture
async def workshop(
    database_url: str, dev_server: EmbeddedTemporal, temporal: Client, tmp_path: Path
) -> AsyncIterator[System]:
    development = {"console_login": "development"}
    async with whole_system(database_url, dev_server, temporal, tmp_path, free_port(), **development) as running:
        yield running


async def _move(system: System, by: str) -> str:
    """Press a button of the clock; the page that follows."""
    page = (await system.api.get(PAGE)).text
    form = {"csrf": hidden(page), "operation": hidden(page, "operation"), "action": by}
    answer = await system.api.post(f"{PAGE}/horloge", data=form)
    assert answer.status_code == 303, answer.text
    return (await system.api.get(answer.headers["location"])).text


async def test_a_step_then_a_month_pass_at_the_press_of_a_button(workshop: System) -> None:
    await enrol(workshop)
    assert (await sign_in(workshop.api)).status_code == 303
    first = (await workshop.get(f"{MINE}/upcoming"))[0]
    assert "a avancé" in await _move(workshop, "etape")
    done = await workshop.until(f"{MINE}/timeline", lambda lines: first["summary"] in {it["summary"] for it in lines})
    assert done
    await _move(workshop, "mois")
    later = datetime.now(UTC) + timedelta(days=30)
    lines = await workshop.get(f"{MINE}/upcoming")
    assert datetime.fromisoformat(lines[0]["at"]) > later
