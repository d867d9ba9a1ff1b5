"""The console as one person sees it, over the demonstration portfolio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from config.embedded.postgres import EmbeddedPostgres
from config.tokens import Role
from db.engine import make_engine
from tests.conftest import TEMPLATE
from tests.web.conftest import URL, settings_of
from tests.web.console.town import ALICE, Town
from web import asking
from web.app import HANDLERS
from web.console.people import Person
from web.console.routes import SCREENS, Screen
from web.desk import Desk
from web.headers import PrivateHeaders
from web.rendering import FOLDER

CSRF = "csrf-of-the-session"
SETTLED = 10_000
"""More steps than a town takes to settle: each has a number of its own."""


def person(role: Role = "agent", organisation: str = "urssaf-idf", agent: str | None = ALICE) -> Person:
    return Person(f"subject-{role}", "Alice Martin", role, organisation, agent)


def console(desk: Desk, who: Person) -> Starlette:
    """The screens as ``who`` sees them, without a session: what signs in is tested apart."""
    return Starlette(
        routes=[
            *(Route(it.path, partial(_handle, desk, who, it), methods=["GET", "POST"]) for it in SCREENS),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(PrivateHeaders)],
        exception_handlers={k: v for k, v in HANDLERS.items() if k is not Exception},
    )


async def _handle(desk: Desk, who: Person, screen: Screen, request: Request) -> Response:
    request.state.csrf = CSRF
    if request.method == "POST":
        assert screen.act
        return await screen.act(desk, who, request, await request.form())
    assert screen.show
    return await screen.show(desk, who, request)


@dataclass(frozen=True)
class Browser:
    """A browser without JavaScript, signed in."""

    client: httpx.AsyncClient
    town: Town
    who: Person = field(repr=False)

    async def read(self, path: str, status: int = 200) -> str:
        """The words of a page."""
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    async def send(self, path: str, **form: Any) -> httpx.Response:
        return await self.client.post(path, data={"csrf": CSRF, **form})


@pytest.fixture(scope="session")
def settled_towns() -> set[str]:
    """The databases of towns that others are copied from: one a day."""
    return set()


async def settled(server: EmbeddedPostgres, towns: set[str]) -> str:
    """The name of a database in which the town of today is settled."""
    name = f"town_{date.today():%Y_%m_%d}"
    if name not in towns:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        engine = make_engine(server.url_of(name))
        await Town(engine).settle()
        await engine.dispose()
        towns.add(name)
    return name


@pytest.fixture
async def town(
    migrated_postgres: EmbeddedPostgres, settled_towns: set[str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """A town of the test's own: a copy, since to live the portfolio takes longer than most tests."""
    origin, name = await settled(migrated_postgres, settled_towns), database_url.rpartition("/")[2]
    await migrated_postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await migrated_postgres.execute(f"CREATE DATABASE {name} TEMPLATE {origin} STRATEGY file_copy")
    engine: AsyncEngine = make_engine(database_url)
    found = Town(engine, first_step=SETTLED)
    monkeypatch.setattr(asking, "ask", found.ask)
    yield found
    await engine.dispose()


@pytest.fixture
async def sign_in(town: Town) -> AsyncIterator[Callable[..., Browser]]:
    """Sign in as somebody: ``sign_in("supervisor")``."""
    clients: list[httpx.AsyncClient] = []

    def enter(role: Role = "agent", **who: Any) -> Browser:
        someone = person(role, **who)
        desk = Desk(settings_of(), town.engine, None)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(app=console(desk, someone), raise_app_exceptions=True)
        clients.append(httpx.AsyncClient(transport=transport, base_url=URL))
        return Browser(clients[-1], town, someone)

    yield enter
    for client in clients:
        await client.aclose()


@pytest.fixture
def alice(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in()
