from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs
from temporalio.client import Client

from api.app import create_app
from config.settings import Settings
from config.tokens import parse_tokens
from tests.api.examples import DUE, SIREN, add_task, bearing, event, nowhere

PROTECTED = [
    ("GET", "/v1/journeys"),
    ("GET", f"/v1/journeys/{SIREN}"),
    ("GET", f"/v1/journeys/{SIREN}/timeline"),
    ("GET", f"/v1/journeys/{SIREN}/upcoming"),
    ("GET", f"/v1/journeys/{SIREN}/messages"),
    ("GET", f"/v1/journeys/{SIREN}/notes"),
    *(("POST", f"/v1/journeys/{SIREN}/{asked}") for asked in ("extensions", "difficulties", "plans", "appointments")),
    ("POST", "/v1/plans/p-1/decision"),
    ("POST", "/v1/appointments/a-1/booking"),
    ("PUT", "/v1/agents/alice.martin/availability"),
    ("GET", "/v1/slots"),
    ("GET", "/v1/commitments"),
    ("GET", "/v1/tasks"),
    ("GET", "/v1/agents"),
    ("GET", "/v1/events"),
    ("POST", "/v1/events"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_without_a_known_token_nothing_is_said(method: str, path: str, unplugged: httpx.AsyncClient) -> None:
    for authorization in ("", "Bearer", "Bearer wrong", "Basic c3lzdGVtOg==", "Bearer \u00e9"):
        headers: Any = {"Authorization": authorization.encode()}
        answer = await unplugged.request(method, path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(("method", "path"), [it for it in PROTECTED if it[0] != "GET"])
@pytest.mark.parametrize("content", [b"{", b"\xff"])
async def test_without_a_known_token_a_body_is_not_even_called_wrong(
    method: str, path: str, content: bytes, unplugged: httpx.AsyncClient
) -> None:
    headers = {"Authorization": "Bearer wrong", "Content-Type": "application/json"}
    answer = await unplugged.request(method, path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_with_a_token_a_body_that_is_not_json_is_called_so(unplugged_supervisor: httpx.AsyncClient) -> None:
    answer = await unplugged_supervisor.put("/v1/agents/alice", content=b"{")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-request")


async def test_a_system_reads_nothing(unplugged: httpx.AsyncClient) -> None:
    for method, path in PROTECTED[:-1]:
        assert (await unplugged.request(method, path)).status_code == 403


async def test_a_token_of_an_organisation_without_policy_is_refused(settings: Settings, engine: AsyncEngine) -> None:
    lost = settings.model_copy(update={"api_tokens": parse_tokens("t=agent:urssaf-atlantide")})
    temporal: Any = None
    async with bearing(create_app(lost, engine, temporal), "t") as client:
        assert (await client.get("/v1/journeys")).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("GET", "/v1/journeys/", 404),
        ("DELETE", "/v1/journeys", 405),
        ("PATCH", "/v1/events", 405),
        ("GET", "/webhooks/twilio/status", 405),
        ("POST", "/healthz", 405),
    ],
)
async def test_a_wrong_address_or_method_is_a_problem(
    method: str, path: str, status: int, unplugged: httpx.AsyncClient
) -> None:
    answer = await unplugged.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert ("allow" in answer.headers) == (status == 405)


async def test_405_names_every_method_of_the_address(unplugged: httpx.AsyncClient) -> None:
    assert (await unplugged.delete("/v1/events")).headers["allow"] == "GET, POST"


async def test_pages_mounted_behind_leave_the_problems_in_place(settings: Settings) -> None:
    temporal: Any = None
    app = create_app(settings, nowhere(), temporal)
    app.mount("/", PlainTextResponse("page"))
    async with bearing(app, "") as client:
        assert (await client.get("/anything")).text == "page"
        assert (await client.get("/v1/nowhere")).json()["type"] == "/problems/not-found"
        assert (await client.put("/webhooks/twilio/status")).headers["allow"] == "POST"


async def test_the_documentation_needs_nothing_from_elsewhere(unplugged: httpx.AsyncClient) -> None:
    page = await unplugged.get("/docs")
    assert page.status_code == 200
    assert "/v1/journeys/{siren}/upcoming" in page.text
    assert not re.search(r"""(src|href)=["']?(https?:)?//|<script""", page.text)


async def test_an_over_long_body_is_a_413(unplugged_supervisor: httpx.AsyncClient) -> None:
    answer = await unplugged_supervisor.put("/v1/agents/alice", content=b'{"name": "' + b"x" * 1024 * 1024)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


@pytest.mark.parametrize("size", [70_000, 2 * 1024 * 1024])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_long_body_of_nobody_known_is_a_401_and_is_not_read(
    unplugged: httpx.AsyncClient, size: int, announced: bool
) -> None:
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(size // 1000):
            read += 1000
            yield b" " * 1000

    length = {"Content-Length": str(size)} if announced else {}
    headers = {"Authorization": "Bearer nobody-s", "Content-Type": "application/cloudevents+json", **length}
    answer = await unplugged.post("/v1/events", content=pieces(), headers=headers)
    assert answer.status_code == 401
    assert read <= 67_000


async def test_without_its_database_it_lives_says_so_and_loses_nothing(unplugged: httpx.AsyncClient) -> None:
    structured = {"Content-Type": "application/cloudevents+json"}
    answer = await unplugged.post("/v1/events", json=event(), headers=structured)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "nobody" not in answer.text
    assert (await unplugged.get("/healthz")).status_code == 200
    assert "parcours_database_up 0.0" in (await unplugged.get("/metrics")).text


async def test_an_unforeseen_error_is_a_bare_500(app: FastAPI, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE journeys CASCADE"))
    async with bearing(app, "agent-idf-token") as client:
        with capture_logs() as lines:
            answer = await client.get("/v1/journeys?q=Dupont")
    assert [line["event"] for line in lines] == ["a request failed", "request"]
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert "relation" not in answer.text


async def test_it_is_ready_when_database_and_temporal_answer(
    settings: Settings, engine: AsyncEngine, temporal: Client
) -> None:
    async with bearing(create_app(settings, engine, temporal), "") as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_it_is_not_ready_without_its_database_and_says_why(settings: Settings, temporal: Client) -> None:
    async with bearing(create_app(settings, nowhere(), temporal), "") as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, "the database" in answer.json()["detail"]) == (503, True)
    assert "Temporal" not in answer.json()["detail"]


async def test_the_metrics_count_what_waits(app: FastAPI, anonymous: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_task(engine, due_at=datetime(2026, 1, 1, tzinfo=UTC))
    async with bearing(app, "system-idf-token") as client:
        await client.post(
            "/v1/events", json=[event(), {}], headers={"Content-Type": "application/cloudevents-batch+json"}
        )
    text = (await anonymous.get("/metrics")).text
    assert 'parcours_events_stored{status="pending"} 1.0' in text
    assert 'parcours_tasks_overdue{organisation="urssaf-idf"} 1.0' in text
    assert 'parcours_events_total{outcome="rejected"} 1.0' in text
    assert 'route="/v1/events",status="202"' in text
    assert str(DUE["account"]) not in text


async def test_answers_carry_a_request_id_and_safe_headers(unplugged: httpx.AsyncClient) -> None:
    given = await unplugged.get("/healthz", headers={"X-Request-Id": "abc-1"})
    other = await unplugged.get("/healthz", headers={"X-Request-Id": "a b\u00e9".encode()})
    assert given.headers["x-request-id"] == "abc-1"
    assert other.headers["x-request-id"] not in ("", "a b")
    assert (given.headers["x-content-type-options"], given.headers["cache-control"]) == ("nosniff", "no-store")
