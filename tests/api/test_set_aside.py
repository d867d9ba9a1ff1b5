"""What an administrator decides about events that could not be applied (issue 14, S1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.absorbing import absorb_pending
from activities.rulebooks import open_rulebook
from db.events import NewEvent, store
from db.tables import accesses, events
from tests.api.examples import DUE, OPENED, SIREN, bearing

ROUTE = "/v1/set-aside-events"


@pytest.fixture
async def admin(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with bearing(app, "admin-idf-token") as client:
        yield client


@pytest.fixture
async def number(app: FastAPI, engine: AsyncEngine) -> int:
    """Of an event of a type that this version does not know, between two good ones."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("account.opened", OPENED),
        ("comet.seen", {"who": "Léa Dupont"}),
        ("contribution.due", DUE),
    ]
    async with engine.begin() as connection:
        new = [
            NewEvent("test", f"e{rank}", kind, SIREN, "urssaf-idf", datetime.now(UTC), data)
            for rank, (kind, data) in enumerate(kinds)
        ]
        await store(connection, new)
        rulebook = await open_rulebook(engine, app.state.services.policies)
        await absorb_pending(connection, rulebook, SIREN)
        rows = (await connection.execute(select(events.c.seq, events.c.status).order_by(events.c.seq))).all()
    assert [row.status for row in rows] == ["applied", "set_aside", "applied"]
    return int(rows[1].seq)


async def status_of(engine: AsyncEngine, number: int) -> tuple[str, str | None, str | None]:
    async with engine.connect() as connection:
        row = (await connection.execute(select(events).where(events.c.seq == number))).one()
    return row.status, row.reason, row.decided_by


async def test_what_is_set_aside_is_listed_without_what_it_says(
    admin: httpx.AsyncClient, supervisor: httpx.AsyncClient, number: int
) -> None:
    [shown] = (await supervisor.get(ROUTE)).json()["items"]
    assert (shown["number"], shown["type"], shown["siren"]) == (number, "comet.seen", SIREN)
    assert shown["problem"] == "no type comet.seen is known to this version"
    assert shown["set_aside_at"]
    assert "Dupont" not in str(shown)
    assert (await admin.get("/v1/events", params={"status": "set_aside"})).json()["items"] == [shown]


async def test_it_is_applied_again_on_demand(admin: httpx.AsyncClient, engine: AsyncEngine, number: int) -> None:
    answer = await admin.post(f"{ROUTE}/{number}/retry")
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert await status_of(engine, number) == ("pending", None, "admin")
    assert (await admin.post(f"{ROUTE}/{number}/retry")).status_code == 409


async def test_it_is_refused_for_a_reason_that_is_kept(
    admin: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine, number: int
) -> None:
    assert (await admin.post(f"{ROUTE}/{number}/refuse", json={})).status_code == 400
    assert (await admin.post(f"{ROUTE}/{number}/refuse", json={"reason": " "})).status_code == 400
    assert (await supervisor.post(f"{ROUTE}/{number}/refuse", json={"reason": "x"})).status_code == 403
    answer = await admin.post(f"{ROUTE}/{number}/refuse", json={"reason": "Type retiré en 2039"})
    assert (answer.status_code, answer.json()["reason"]) == (200, "Type retiré en 2039")
    assert await status_of(engine, number) == ("refused", "Type retiré en 2039", "admin")
    assert (await admin.get(ROUTE)).json()["items"] == []
    [kept] = (await admin.get("/v1/events", params={"status": "refused"})).json()["items"]
    assert (kept["reason"], kept["problem"]) == ("Type retiré en 2039", "no type comet.seen is known to this version")


async def test_each_decision_leaves_a_line_with_its_author_and_its_object(
    admin: httpx.AsyncClient, engine: AsyncEngine, number: int
) -> None:
    await admin.post(f"{ROUTE}/{number}/retry")
    async with engine.connect() as connection:
        rows = (await connection.execute(select(accesses))).all()
    said = {(row.author.partition(":")[0], row.role, row.action, row.subject) for row in rows}
    assert ("token", "admin", f"POST {ROUTE}/{{number}}/retry", str(number)) in said


async def test_it_is_counted_from_the_first_scrape_on(anonymous: httpx.AsyncClient, number: int) -> None:
    text = (await anonymous.get("/metrics")).text
    assert 'parcours_events_stored{status="set_aside"} 1.0' in text
    assert "parcours_set_aside_events_oldest_seconds" in text
