from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import accesses
from tests.api.examples import SIREN, add_journey, add_task
from tests.api.test_journeys_read import VIEWS


async def lines(engine: AsyncEngine) -> list[tuple[str, ...]]:
    async with engine.connect() as connection:
        rows = (await connection.execute(select(accesses).order_by(accesses.c.id))).all()
    return [(row.organisation, row.author, row.role, row.action, row.siren, row.subject) for row in rows]


@pytest.mark.parametrize("view", [*VIEWS, "/notes"])
async def test_a_file_opened_leaves_a_line(agent: httpx.AsyncClient, engine: AsyncEngine, view: str) -> None:
    await add_journey(engine)
    assert (await agent.get(f"/v1/journeys/{SIREN}{view}")).status_code == 200
    who = ("urssaf-idf", "alice.martin", "agent")
    assert await lines(engine) == [(*who, f"GET /v1/journeys/{{siren}}{view}", SIREN, None)]


@pytest.mark.parametrize("view", ["", "/notes"])
async def test_a_file_asked_for_with_spaces_leaves_a_line_of_its_enterprise(
    agent: httpx.AsyncClient, engine: AsyncEngine, view: str
) -> None:
    await add_journey(engine)
    assert (await agent.get(f"/v1/journeys/732 829.320{view}")).status_code == 200
    assert [line[4] for line in await lines(engine)] == [SIREN]


async def test_a_list_narrowed_to_one_enterprise_is_a_file_opened(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await agent.get("/v1/tasks", params={"siren": SIREN})
    await agent.get("/v1/tasks")
    assert [line[3:5] for line in await lines(engine)] == [("GET /v1/tasks", SIREN), ("GET /v1/tasks", None)]


async def test_a_decision_leaves_a_line_that_names_what_it_was_about(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    task = await add_task(engine)
    await agent.post(f"/v1/tasks/{task}/done", json={"outcome": "joint"})
    assert [line[3:] for line in await lines(engine)] == [("POST /v1/tasks/{task_id}/done", SIREN, str(task))]


async def test_no_file_is_shown_when_its_line_cannot_be_written(
    app: FastAPI, agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    async with engine.begin() as connection:
        await connection.execute(text("REVOKE INSERT ON accesses FROM parcours_tenant"))
    answer = await agent.get(f"/v1/journeys/{SIREN}")
    assert answer.status_code == 503
    assert "Dupont" not in answer.text


async def test_a_supervisor_reads_who_opened_a_file_page_by_page(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    for view in ("", "/notes", "/timeline"):
        await agent.get(f"/v1/journeys/{SIREN}{view}")
    first = (await supervisor.get("/v1/accesses", params={"limit": 2})).json()
    rest = (await supervisor.get("/v1/accesses", params={"cursor": first["next_cursor"]})).json()
    actions = [item["action"].removeprefix("GET /v1/journeys/{siren}") for item in first["items"] + rest["items"]]
    assert actions == ["/timeline", "/notes", ""]
    assert rest["next_cursor"] is None
    of_one = (await supervisor.get("/v1/accesses", params={"siren": "552100554"})).json()
    assert of_one["items"] == []
