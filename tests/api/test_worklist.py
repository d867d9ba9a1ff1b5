from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import journeys
from tests.api.examples import OTHER_SIREN, SIREN, add_journey, add_task

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def ids(client: httpx.AsyncClient, **filters: Any) -> list[str]:
    return [item["id"] for item in (await client.get("/v1/tasks", params=filters)).json()["items"]]


async def test_tasks_come_the_most_urgent_first_page_by_page(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    late, soon, tie = [str(await add_task(engine, due_at=NOON + timedelta(days=d))) for d in (2, 1, 1)]
    first = (await agent.get("/v1/tasks", params={"limit": 1})).json()
    rest = (await agent.get("/v1/tasks", params={"cursor": first["next_cursor"]})).json()
    found = [item["id"] for item in first["items"] + rest["items"]]
    assert found == [*sorted([soon, tie]), late]
    assert first["items"][0]["due_at"] == "2026-06-02T14:00:00+02:00"


async def test_tasks_are_narrowed_by_each_filter(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    mine = str(await add_task(engine, due_at=NOON))
    other = str(await add_task(engine, OTHER_SIREN, assignee=None, status="done", due_at=NOON + timedelta(hours=1)))
    assert await ids(agent, siren=SIREN) == [mine]
    assert await ids(agent, assignee="alice.martin") == [mine]
    assert await ids(agent, status="done") == [other]
    assert await ids(agent, due_before="2026-06-01T14:30:00") == [mine]
    assert await ids(agent, due_before="2026-06-01T12:00:00Z") == []


async def test_tasks_of_another_organisation_are_out_of_reach(
    neighbour: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    task = await add_task(engine)
    assert await ids(neighbour) == []
    assert (await neighbour.get("/v1/tasks", params={"siren": SIREN})).status_code == 403
    assert (await neighbour.post(f"/v1/tasks/{task}/done", json={"outcome": "x"})).status_code == 403


async def test_a_task_done_twice_alike_is_done_once(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    task = await add_task(engine)
    done = {"outcome": "joint", "note": "Rappeler lundi"}
    first = await agent.post(f"/v1/tasks/{task}/done", json=done)
    again = await agent.post(f"/v1/tasks/{task}/done", json=done)
    otherwise = await agent.post(f"/v1/tasks/{task}/done", json={"outcome": "absent"})
    assert (first.status_code, again.status_code, otherwise.status_code) == (200, 200, 409)
    assert first.json() == again.json()
    assert (first.json()["status"], first.json()["done_by"]) == ("done", "alice.martin")


async def test_of_two_different_outcomes_at_once_one_wins(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    task = await add_task(engine)
    answers = await asyncio.gather(
        *(agent.post(f"/v1/tasks/{task}/done", json={"outcome": outcome}) for outcome in ("joint", "absent"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_cancelled_task_says_why_and_is_still_done_by_who_did_it(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    task = await add_task(engine, status="cancelled", note="déjà payé", done_at=datetime.now(UTC))
    (item,) = (await agent.get("/v1/tasks", params={"status": "cancelled"})).json()["items"]
    assert (item["id"], item["note"], item["outcome"]) == (str(task), "déjà payé", None)
    answer = await agent.post(f"/v1/tasks/{task}/done", json={"outcome": "reached"})
    assert (answer.status_code, answer.json()["status"]) == (200, "done")


async def test_a_task_is_done_at_its_journeys_own_time(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    task = await add_task(engine)
    async with engine.begin() as connection:
        await connection.execute(update(journeys).values(ahead_seconds=timedelta(days=90).total_seconds()))
    done = (await agent.post(f"/v1/tasks/{task}/done", json={"outcome": "joint"})).json()
    assert datetime.fromisoformat(done["done_at"]) > datetime.now(UTC) + timedelta(days=89)


@pytest.mark.parametrize(
    ("task", "body"),
    [
        ("not-an-id", {"outcome": "joint"}),
        (uuid4(), {"outcome": ""}),
        (uuid4(), {"outcome": "a\0b"}),
        (uuid4(), {"outcome": "joint", "note": "\0"}),
        (uuid4(), {"outcome": "joint", "note": "x" * 2001}),
        (uuid4(), {"outcome": 3}),
        (uuid4(), {}),
        (uuid4(), []),
    ],
)
async def test_a_wrong_outcome_is_a_problem(task: Any, body: Any, unplugged_supervisor: httpx.AsyncClient) -> None:
    answer = await unplugged_supervisor.post(f"/v1/tasks/{task}/done", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_an_unknown_task_is_not_found(agent: httpx.AsyncClient) -> None:
    assert (await agent.post(f"/v1/tasks/{uuid4()}/done", json={"outcome": "joint"})).status_code == 404


@pytest.mark.parametrize(
    "query", ["due_before=0001-01-01", "due_before=99999999999999", "cursor=AAAA", "cursor=x", "siren=1", "status=lost"]
)
async def test_a_wrong_filter_is_a_problem(query: str, unplugged_supervisor: httpx.AsyncClient) -> None:
    assert (await unplugged_supervisor.get(f"/v1/tasks?{query}")).status_code == 400
