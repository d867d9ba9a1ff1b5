"""9. A file with many cases: a step, a forecast, the page and the feed of its links, and others meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from benchmarks.findings import Goal, Section, Table, median, quantile
from benchmarks.site import ORGANISATION, folder
from config.embedded.postgres import EmbeddedPostgres
from config.policies import load_policies
from config.settings import Settings
from db import enterprises, journeys
from db.engine import make_engine
from db.migrate import upgrade
from domain.absorption import absorb
from domain.calendar import add_months
from domain.facts import Fact, IncidentDetected, RefundOwed
from domain.forecast import forecast
from domain.identifiers import parse_siren
from domain.messages import Recipient
from domain.promises import Commitment
from domain.rulebook import Rulebook
from domain.state import Health, Journey, Phase
from domain.step import step
from notifications.links import Holder, Links
from web.app import create_pages

URL, KEY = "http://pages.example", "a key of thirty-two bytes, or more"
SIRENS = ("732829320", "552100554")
TIMES_GOAL, MEANWHILE_GOAL = 15.0, 50.0
READERS, LOOK_EVERY, YEARS = 4, 0.005, 2
Work = Callable[[], Awaitable[object]]


def promising(siren: str, count: int, now: datetime) -> Journey:
    """A journey two months old with promises of an answer, half an hour apart, all ahead."""
    made = [
        Commitment(f"request:{it}", "request", "MED-1", f"MED-1:{it}", now, now + timedelta(minutes=30 * it))
        for it in range(1, count + 1)
    ]
    return Journey(
        siren=parse_siren(siren),
        organisation=ORGANISATION,
        account="117000001",
        opened_on=add_months(now.date(), -2),
        announced_at=now - timedelta(days=60),
        headcount=2,
        headcount_at_opening=2,
        mail=Health.OK,
        sms=Health.OK,
        phase=Phase.ACTIVE,
        started_at=now - timedelta(days=60),
        last_step_at=now - timedelta(days=1),
        commitments={it.id: it for it in made},
    )


def stricken(siren: str, count: int, now: datetime) -> Journey:
    """The same journey, without promises, and as many unpaid periods told an hour ago, two years of each account."""
    return _told(promising(siren, 0, now), [_unpaid(rank, now) for rank in range(count)])


def owed_back(siren: str, count: int, now: datetime) -> Journey:
    """The same, with as many refunds told an hour ago."""
    facts = [RefundOwed(**_stamp(rank, now), amount=Decimal(100 + rank), doubled=False) for rank in range(count)]
    return _told(promising(siren, 0, now), facts)


def _told(journey: Journey, facts: Sequence[Fact]) -> Journey:
    for fact in facts:
        journey, _ = absorb(fact, journey)
    return journey


def _unpaid(rank: int, now: datetime) -> Fact:
    due_on = add_months(now.date(), -1)
    return IncidentDetected(
        **_stamp(rank, now), kind="unpaid", amount=Decimal(100 + rank), employee_share=None, due_on=due_on
    )


def _stamp(rank: int, now: datetime) -> dict[str, Any]:
    account, back = divmod(rank, YEARS * 12)
    period, at = add_months(now.date(), -back - 1), now - timedelta(hours=1)
    return {
        "id": f"told-{rank}",
        "at": at,
        "received_at": at,
        "account": f"117{account:015}",
        "period": f"{period:%Y-%m}",
    }


async def measure(few: int = 50, many: int = 500, rounds: int = 5) -> Section:
    """Each work on either file in turn, in this process."""
    now = datetime.now(UTC)
    files = [promising(siren, count, now) for siren, count in zip(SIRENS, (few, many), strict=True)]
    with folder() as home:
        async with EmbeddedPostgres(home) as postgres:
            await upgrade(postgres.url)
            engine = make_engine(postgres.url)
            await _store(engine, files)
            async with _served(engine) as browser:
                works = [_works(browser, it, now) for it in files]
                found = {name: [await _spent(it[name], rounds) for it in works] for name in works[0]}
                waited = await _meanwhile(browser, works[1]["agenda page"])
            await engine.dispose()
    for name, made in (("incidents", stricken), ("refunds", owed_back)):
        pair = [_decisions(made(SIRENS[0], count, now), now) for count in (few, many)]
        found |= {f"{work}, {name} at once": [await _spent(it[work], 1) for it in pair] for work in pair[0]}
    return _section((few, many), found, waited)


async def _store(engine: AsyncEngine, files: list[Journey]) -> None:
    async with engine.begin() as connection:
        for journey in files:
            await journeys.create(connection, journey, add_months(journey.opened_on, 18))
            await enterprises.describe(connection, journey.siren, {"name": "Boulangerie"})


@asynccontextmanager
async def _served(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Interface and pages in this event loop, as one process of ``parcours api`` serves them."""
    settings = Settings(secret_key=SecretStr(KEY), public_url=URL)
    app = create_app(settings, engine, None)  # type: ignore[arg-type]
    app.mount("/", create_pages(settings, engine, None))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as browser:
        yield browser


def _decisions(journey: Journey, now: datetime) -> dict[str, Work]:
    """A step with all that is due, and all that is ahead."""
    rulebook = Rulebook.of(load_policies(Settings().policies))

    async def take_step() -> None:
        step(journey, (), now, rulebook)

    async def foresee() -> None:
        forecast(journey, now, rulebook)

    return {"step": take_step, "forecast": foresee}


def _works(browser: httpx.AsyncClient, journey: Journey, now: datetime) -> dict[str, Work]:
    links = Links(KEY, "")

    def follow(action: str) -> Work:
        link = links.url(action, journey.siren, now + timedelta(days=30), holder=Holder(Recipient.ENTERPRISE))

        async def followed() -> None:
            (await browser.get(link)).raise_for_status()

        return followed

    return _decisions(journey, now) | {"agenda page": follow("agenda"), "feed": follow("calendar")}


async def _spent(work: Work, rounds: int) -> float:
    """Median milliseconds of a work, the first time left out."""
    spent = []
    for _ in range(rounds + 1):
        began = perf_counter()
        await work()
        spent.append((perf_counter() - began) * 1000)
    return median(spent[1:])


async def _meanwhile(browser: httpx.AsyncClient, work: Work) -> list[float]:
    """Milliseconds that each look at ``/healthz`` took while some read the page at once."""
    readers = [asyncio.ensure_future(work()) for _ in range(READERS)]
    waited = []
    while not all(it.done() for it in readers):
        began = perf_counter()
        (await browser.get("/healthz")).raise_for_status()
        waited.append((perf_counter() - began) * 1000)
        await asyncio.sleep(LOOK_EVERY)
    await asyncio.gather(*readers)
    return waited


def _section(counts: tuple[int, int], found: dict[str, list[float]], waited: list[float]) -> Section:
    few, many = counts
    rows = tuple((name, round(a, 2), round(b, 2), round(b / a, 1)) for name, (a, b) in found.items())
    worst = max(b / a for a, b in found.values())
    return Section(
        "promises",
        "A file with many promises, incidents or refunds",
        (
            Table("One work after the other", ("work", f"{few}, ms", f"{many}, ms", "times"), rows),
            Table(
                f"/healthz while {READERS} read the agenda page of {many} promises",
                ("looks", "median ms", "p99 ms"),
                ((len(waited), round(median(waited), 1), round(quantile(waited, 0.99), 1)),),
            ),
        ),
        (
            Goal(
                f"{many} promises, incidents or refunds against {few}, times at most", worst, TIMES_GOAL, at_least=False
            ),
            Goal("/healthz meanwhile, p99 ms", quantile(waited, 0.99), MEANWHILE_GOAL, at_least=False),
        ),
    )
