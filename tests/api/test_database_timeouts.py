"""A database that answers too late, or not at all, is a 503 with Retry-After at every door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from config.settings import Settings
from db.engine import make_engine
from db.tables import metadata
from db.trouble import is_passing
from domain.messages import Recipient
from notifications.links import Holder, Links
from tests.api.conftest import NoTemporal
from tests.api.examples import nowhere
from web.app import create_pages

KEY = "a key for tests, thirty-two bytes"
SIREN = "732829320"
LINK = Links(KEY, "").url(
    "preferences", SIREN, datetime.now(UTC) + timedelta(days=9), holder=Holder(Recipient.ENTERPRISE)
)
DOORS = {
    "API": ("GET", f"/v1/journeys/{SIREN}"),
    "a list of the API": ("GET", "/v1/tasks"),
    "the API's requests": ("POST", f"/v1/journeys/{SIREN}/appointments"),
    "console": ("GET", "/console/"),
    "portal": ("GET", LINK),
    "a button of the portal": ("POST", LINK),
}
BEARER = {"Authorization": "Bearer agent-idf-token"}
EVERY_DOOR = pytest.mark.parametrize(("method", "path"), DOORS.values(), ids=DOORS)


def whole(settings: Settings, engine: AsyncEngine) -> FastAPI:
    """API and pages, as they are served."""
    keyed = settings.model_copy(update={"secret_key": SecretStr(KEY), "public_url": "http://parcours.example"})
    temporal: Any = NoTemporal()
    app = create_app(keyed, engine, temporal)
    app.mount("/", create_pages(keyed, engine, temporal))
    return app


def visitor(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://parcours.example", cookies={"parcours": "a session"})


@pytest.fixture(params=["statement_timeout", "lock_timeout"])
async def too_late(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database whose tables somebody else holds, and that waits no longer than a moment."""
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        name = make_url(database_url).database
        await connection.execute(text(f"ALTER DATABASE {name} SET {request.param} = '50ms'"))
    other = await asyncpg.connect(database_url.replace("+asyncpg", ""), server_settings={request.param: "0"})
    async with other.transaction():
        await other.execute(f"LOCK TABLE {', '.join(metadata.tables)} IN ACCESS EXCLUSIVE MODE")
        await engine.dispose()
        yield engine
    await other.close()
    await engine.dispose()


async def refused(engine: AsyncEngine, settings: Settings, method: str, path: str) -> None:
    async with visitor(whole(settings, engine)) as client:
        headers = BEARER if path.startswith("/v1") else {}
        answer = await client.request(
            method, path, headers=headers, json={"kind": "other", "format": "phone"} if headers else None
        )
    assert (answer.status_code, answer.headers.get("retry-after", "").isdecimal()) == (503, True)


@EVERY_DOOR
async def test_a_timeout_of_the_database_asks_to_come_back(
    too_late: AsyncEngine, settings: Settings, method: str, path: str
) -> None:
    await refused(too_late, settings, method, path)


@EVERY_DOOR
async def test_a_database_that_is_away_asks_to_come_back(settings: Settings, method: str, path: str) -> None:
    await refused(nowhere(), settings, method, path)


class Told(Exception):
    """What asyncpg raises, as far as it is read."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "state", ["57014", "55P03", "40001", "40P01", "25P03", "25P04", "08006", "53300", "57P01", "57P05"]
)
def test_what_passes_is_known_by_its_code(state: str) -> None:
    assert is_passing(DBAPIError("SELECT", None, Told(state)))


@pytest.mark.parametrize("state", ["23505", "42P01", "22001", "57000", "", "P0001"])
def test_a_defect_is_not_taken_for_a_passing_trouble(state: str) -> None:
    assert not is_passing(DBAPIError("SELECT", None, Told(state)))


@pytest.mark.parametrize("error", [PoolTimeout(), OSError(), TimeoutError(), InterfaceError("", None, Told(""))])
def test_a_database_nobody_reaches_passes(error: Exception) -> None:
    assert is_passing(error)
