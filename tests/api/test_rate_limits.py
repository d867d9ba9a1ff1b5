from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.app import create_app
from config.settings import Settings
from tests.api.conftest import NoTemporal
from tests.api.examples import bearing, nowhere

PATH = "/v1/nowhere"


@pytest.fixture
def app(settings: Settings) -> Any:
    few = settings.model_copy(update={"calls_per_minute": 3, "failures_per_minute": 2})
    return create_app(few, nowhere(), NoTemporal())  # type: ignore[arg-type]


async def ask(app: Any, token: str, path: str = PATH) -> httpx.Response:
    async with bearing(app, token) as client:
        return await client.get(path)


async def test_a_client_is_told_what_is_left_and_then_to_wait(app: Any) -> None:
    answers = [await ask(app, "agent-idf-token") for _ in range(4)]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    refused = answers[-1]
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert refused.headers["ratelimit-limit"] == "3"
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert (await ask(app, "supervisor-idf-token")).status_code == 404


async def test_who_keeps_inventing_tokens_is_held_back_by_address(app: Any) -> None:
    statuses = [(await ask(app, f"invented-{rank}", "/v1/agents")).status_code for rank in range(4)]
    assert statuses == [401, 401, 429, 429]


async def test_bad_tokens_at_its_address_do_not_shut_a_good_one_out(app: Any) -> None:
    assert (await ask(app, "agent-idf-token", "/v1/subscriptions")).status_code == 403
    statuses = [(await ask(app, f"invented-{rank}", "/v1/agents")).status_code for rank in range(3)]
    assert statuses == [401, 401, 429]
    assert (await ask(app, "agent-idf-token", "/v1/subscriptions")).status_code == 403


async def test_health_and_receipts_are_not_counted(app: Any) -> None:
    assert {(await ask(app, "x", "/healthz")).status_code for _ in range(10)} == {200}
