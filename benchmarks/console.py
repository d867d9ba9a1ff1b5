"""8. The console at 10,000 journeys: portfolio, search, one enterprise, each a whole page for somebody signed in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from time import perf_counter
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.filling import copies, fill
from benchmarks.findings import Goal, Section, Table, median, quantile
from benchmarks.site import ORGANISATION, folder
from config.embedded.postgres import EmbeddedPostgres
from config.settings import Settings
from config.tokens import Token
from db.engine import make_engine
from db.migrate import upgrade
from web.app import create_pages

URL = "http://console.example"
AGENT = "alice.martin"
HIDDEN = re.compile(r'name="(csrf|suite)" value="([^"]*)"')
P99_GOAL = 250.0
Pages = Mapping[str, str]


def _pages(siren: str) -> Pages:
    """The addresses measured, by name."""
    listed = "/console/portefeuille"
    return {
        "portfolio, first page": listed,
        "portfolio, with an incident": f"{listed}?incident=oui",
        "portfolio, promise at risk": f"{listed}?engagement=oui",
        "portfolio, far page": f"{listed}?apres={siren}",
        "search by SIREN": f"{listed}?q={siren[:7]}",
        "search by name": f"{listed}?q=treprise+{siren[:5]}",
        "one enterprise": f"/console/entreprises/{siren}",
        "my day": "/console/",
    }


async def measure(size: int = 10_000, rounds: int = 10, each: int = 5) -> Section:
    """One page at a time, in this process: session, role, row-level security, queries, template, line of audit."""
    with folder() as home:
        async with EmbeddedPostgres(home) as postgres:
            await upgrade(postgres.url)
            engine = make_engine(postgres.url)
            await fill(engine, size)
            async with _signed_in(engine) as browser:
                found, queries = await _alternate(browser, engine, copies(size), rounds, each)
            await engine.dispose()
    return _section(size, found, queries)


@asynccontextmanager
async def _signed_in(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of an agent, by the development login."""
    token = Token("unused", "agent", ORGANISATION, AGENT)
    settings = Settings(console_login="development", api_tokens=(token,), secret_key=SecretStr("bench"), public_url=URL)
    app = create_pages(settings, engine, None)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as browser:
        await sign_in(browser)
        yield browser


async def sign_in(browser: httpx.AsyncClient) -> None:
    """Sign an agent in, by the development login."""
    form = dict(HIDDEN.findall((await browser.get("/console/connexion")).text))
    answer = await browser.post("/console/connexion", data={**form, "person": f"{ORGANISATION}/{AGENT}"})
    if answer.status_code != 303:
        raise RuntimeError(f"the development login answered {answer.status_code}")


async def _alternate(
    browser: httpx.AsyncClient, engine: AsyncEngine, sirens: Sequence[str], rounds: int, each: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Milliseconds of every page, a few of each in turn, and the most statements one took."""
    numbers = count(1)
    found: dict[str, list[float]] = {name: [] for name in _pages(sirens[0])}
    queries = dict.fromkeys(found, 0)
    for turn in range(rounds + 1):
        for name in found:
            for _ in range(each):
                path = _pages(sirens[next(numbers) * 7919 % len(sirens)])[name]
                with _counted(engine) as statements:
                    began = perf_counter()
                    answer = await browser.get(path)
                    spent = (perf_counter() - began) * 1000
                if answer.status_code != 200:
                    raise RuntimeError(f"{name} answered {answer.status_code}")
                if turn:
                    found[name].append(spent)
                    queries[name] = max(queries[name], len(statements))
    return found, queries


@contextmanager
def _counted(engine: AsyncEngine) -> Any:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine.sync_engine, "before_cursor_execute", note)


def _section(size: int, found: Mapping[str, list[float]], queries: Mapping[str, int]) -> Section:
    rows = [
        (name, size, round(median(it), 1), round(quantile(it, 0.99), 1), queries[name]) for name, it in found.items()
    ]
    slowest = max(quantile(it, 0.99) for it in found.values())
    columns = ("page", "journeys", "p50 ms", "p99 ms", "statements")
    return Section(
        "console",
        "Pages of the console",
        (Table("One page at a time, for an agent signed in", columns, tuple(rows), plot="p50 ms"),),
        (Goal("the slowest page of the console, p99 ms", slowest, P99_GOAL, at_least=False),),
        ("Statements count the session, the role, the audit line and the page itself: none of them is per row.",),
    )
