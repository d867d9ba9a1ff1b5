from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError, RPCStatusCode

from api import asking
from domain.requests import Ask, Reply, Request
from tests.api.examples import SIREN, add_journey
from workflows import client

ADDRESS = f"/v1/journeys/{SIREN}/extensions"
GRANTED = Reply(201, "EXT-2", "Prolongé", {"ends_on": "2028-01-05", "extensions": 1})
REFUSED = Reply(409, "EXT-2", "La prolongation se demande à partir du préavis.")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Requests that reached the workflow, answered by `reply`."""
    requests: list[Request] = []

    async def ask(temporal: Any, siren: str, request: Request) -> Reply:
        requests.append(request)
        return GRANTED if siren == SIREN and len(requests) == 1 else REFUSED

    monkeypatch.setattr(asking, "ask", ask)
    return requests


async def test_an_extension_is_asked_of_the_workflow_under_its_key(
    agent: httpx.AsyncClient, engine: AsyncEngine, asked: list[Request]
) -> None:
    await add_journey(engine)
    answer = await agent.post(ADDRESS, json={}, headers={"Idempotency-Key": "k-1"})
    assert (answer.status_code, answer.json()) == (201, {"ends_on": "2028-01-05", "extensions": 1})
    [request] = asked
    assert (request.ask, request.data) == (Ask.EXTEND, {"note": None, "by": "alice.martin"})


async def test_a_refusal_names_its_rule(agent: httpx.AsyncClient, engine: AsyncEngine, asked: list[Request]) -> None:
    await add_journey(engine)
    await agent.post(ADDRESS)
    answer = await agent.post(ADDRESS)
    assert (answer.status_code, answer.json()["rule"], answer.json()["detail"]) == (409, "EXT-2", REFUSED.detail)
    assert len({request.id for request in asked}) == 2


@dataclass
class Silent:
    """A connection that fails, or never answers."""

    failure: Exception | None

    async def execute_update_with_start_workflow(self, *_: Any, **__: Any) -> None:
        if self.failure:
            raise self.failure
        await asyncio.Event().wait()


@pytest.mark.parametrize("silence", [RPCError("down", RPCStatusCode.UNAVAILABLE, b""), RuntimeError(), None])
async def test_a_silent_temporal_is_a_503_that_says_when_to_try_again(
    silence: Exception | None, agent: httpx.AsyncClient, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporal: Any = Silent(silence)
    monkeypatch.setattr(client, "ANSWER_WITHIN", timedelta(milliseconds=10))
    monkeypatch.setattr(asking, "ask", lambda _, *asked: client.ask(temporal, *asked))
    await add_journey(engine)
    answer = await agent.post(ADDRESS, json={})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("body", "key"), [(b"{", "k"), (b"[]", "k"), (b'{"months": 6}', "k"), (b"{}", "x" * 201), (b"{}", "two words")]
)
async def test_a_wrong_request_never_reaches_the_workflow(
    body: bytes, key: str, agent: httpx.AsyncClient, asked: list[Request]
) -> None:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    assert (await agent.post(ADDRESS, content=body, headers=headers)).status_code == 400
    assert asked == []
