from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api import asking
from db import idempotency as memory
from db.tables import events, idempotency
from domain.requests import Reply, Request
from tests.api.examples import OTHER_SIREN, SIREN, add_journey, add_task, bearing, event
from workflows.client import NoAnswer

EXTENSION = f"/v1/journeys/{SIREN}/extensions"
KEY = {"Idempotency-Key": "k-1"}


class Journeys:
    """Stand where the workflows stand: each request is counted and answered with its number."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status, self.gate, self.silent = 201, asyncio.Event(), False
        self.gate.set()

    async def ask(self, _: Any, siren: str, request: Request) -> Reply:
        self.requests.append(request)
        count = len(self.requests)
        if self.silent:
            raise NoAnswer("RPCError")
        await self.gate.wait()
        return Reply(self.status, "EXT-2", "Réponse", {"ends_on": "2028-01-05", "extensions": count})


@pytest.fixture
async def journeys(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Journeys:
    await add_journey(engine)
    stand_in = Journeys()
    monkeypatch.setattr(asking, "ask", stand_in.ask)
    return stand_in


async def test_the_same_key_gets_the_same_answer_and_asks_once(agent: httpx.AsyncClient, journeys: Journeys) -> None:
    first, second = [await agent.post(EXTENSION, json={}, headers=KEY) for _ in range(2)]
    assert (first.status_code, first.content, first.headers["content-type"]) == (
        second.status_code,
        second.content,
        second.headers["content-type"],
    )
    assert ("idempotency-replayed" in first.headers, "idempotency-replayed" in second.headers) == (False, True)
    assert len(journeys.requests) == 1


async def test_without_a_key_each_request_is_another(agent: httpx.AsyncClient, journeys: Journeys) -> None:
    for _ in range(2):
        await agent.post(EXTENSION, json={})
    assert len({request.id for request in journeys.requests}) == 2


async def test_a_key_stands_for_one_body(agent: httpx.AsyncClient, journeys: Journeys) -> None:
    await agent.post(EXTENSION, json={}, headers=KEY)
    answer = await agent.post(EXTENSION, content=b"null", headers=KEY | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")
    assert len(journeys.requests) == 1


async def test_a_key_belongs_to_its_caller_and_its_address(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, journeys: Journeys, engine: AsyncEngine
) -> None:
    await add_journey(engine, OTHER_SIREN)
    for client, siren in ((agent, SIREN), (supervisor, SIREN), (agent, OTHER_SIREN)):
        await client.post(f"/v1/journeys/{siren}/extensions", headers=KEY)
    assert len({request.id for request in journeys.requests}) == 3


async def test_a_refusal_by_the_rules_is_an_answer_too(agent: httpx.AsyncClient, journeys: Journeys) -> None:
    journeys.status = 409
    first = await agent.post(EXTENSION, headers=KEY)
    journeys.status = 201
    second = await agent.post(EXTENSION, headers=KEY)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["content-type"] == "application/problem+json"


async def test_what_was_refused_at_the_door_or_failed_may_be_tried_again(
    agent: httpx.AsyncClient, journeys: Journeys
) -> None:
    journeys.silent = True
    assert (await agent.post(EXTENSION, headers=KEY)).status_code == 503
    journeys.silent = False
    assert (await agent.post(EXTENSION, headers=KEY)).status_code == 201
    lost, answered = journeys.requests
    assert lost == answered


async def test_two_at_once_are_carried_out_once_and_answered_alike(
    agent: httpx.AsyncClient, journeys: Journeys
) -> None:
    journeys.gate.clear()
    both = [asyncio.create_task(agent.post(EXTENSION, json={}, headers=KEY)) for _ in range(5)]
    while not journeys.requests:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    journeys.gate.set()
    answers = await asyncio.gather(*both)
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(journeys.requests) == 1


async def test_one_that_lasts_is_a_conflict_that_says_when_to_come_back(
    agent: httpx.AsyncClient, journeys: Journeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.idempotency.TRIES", 2)
    journeys.gate.clear()
    lasting = asyncio.create_task(agent.post(EXTENSION, headers=KEY))
    while not journeys.requests:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    other = await agent.post(EXTENSION, headers=KEY)
    assert (other.status_code, other.headers["retry-after"]) == (409, "1")
    journeys.gate.set()
    assert (await lasting).status_code == 201


async def test_an_operation_whose_process_died_is_taken_over(
    agent: httpx.AsyncClient, journeys: Journeys, engine: AsyncEngine
) -> None:
    first = await agent.post(EXTENSION, headers=KEY)
    async with engine.begin() as connection:
        dead = {"status": None, "started_at": func.now() - 2 * memory.ABANDONED_AFTER}
        await connection.execute(update(idempotency).values(dead))
    second = await agent.post(EXTENSION, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert len({request.id for request in journeys.requests}) == 1


async def test_every_post_of_the_interface_honours_the_key(app: FastAPI, engine: AsyncEngine) -> None:
    posts = [path for path, operations in app.openapi()["paths"].items() if "post" in operations]
    for path in posts:
        named = {it["name"] for it in app.openapi()["paths"][path]["post"].get("parameters", ())}
        assert ("Idempotency-Key" in named) == path.startswith("/v1/"), path


async def test_events_and_tasks_are_answered_again_too(
    system: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    structured = KEY | {"Content-Type": "application/cloudevents+json"}
    sent = event()
    taken = [(await system.post("/v1/events", json=sent, headers=structured)).json() for _ in range(2)]
    assert taken == [{"accepted": 1, "duplicates": 0, "rejected": []}] * 2
    task = await add_task(engine)
    done = [(await agent.post(f"/v1/tasks/{task}/done", json={"outcome": "ok"}, headers=KEY)).content for _ in "ab"]
    assert done[0] == done[1]
    async with engine.connect() as connection:
        stored = (await connection.scalars(select(events.c.type))).all()
    assert stored.count("contribution.due") == 1


async def test_a_key_opens_nothing_to_a_stranger(app: FastAPI, journeys: Journeys) -> None:
    async with bearing(app, "agent-idf-token") as client:
        await client.post(EXTENSION, headers=KEY)
    for token, status in (("unknown", 401), ("agent-ra-token", 403), ("system-idf-token", 403)):
        async with bearing(app, token) as client:
            assert (await client.post(EXTENSION, headers=KEY)).status_code == status
    assert len(journeys.requests) == 1


async def test_old_answers_are_forgotten(agent: httpx.AsyncClient, journeys: Journeys, engine: AsyncEngine) -> None:
    await agent.post(EXTENSION, headers=KEY)
    async with engine.begin() as connection:
        await memory.forget(connection, timedelta(days=7))
        assert await connection.scalar(select(func.count()).select_from(idempotency)) == 1
        await memory.forget(connection, timedelta(seconds=-1))
        assert await connection.scalar(select(func.count()).select_from(idempotency)) == 0
