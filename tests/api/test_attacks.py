"""What was attacked and held: cursors, filters and searches of others, fields nobody asked for, other bodies."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api import cursors
from db.tables import agents, events, meetings, notes, subscriptions
from tests.api import test_strangers
from tests.api.examples import OTHER_SIREN, SIREN, add_cases, add_journey, add_task, bearing, event
from tests.api.test_strangers import DOORS, IDS, SUBSCRIPTION

SOON = (datetime.now(UTC) + timedelta(days=40)).date()
MEETING = {**test_strangers.MEETING, "starts_at": f"{SOON}T10:00:00"}
NEWSLETTER = {**test_strangers.NEWSLETTER, "leaves_on": f"{SOON}"}
FILLED: dict[str, dict[str, Any]] = {"POST /v1/meetings": MEETING, "PUT /v1/meetings/{meeting}": MEETING}
FILLED["POST /v1/newsletters"] = NEWSLETTER

SEARCHES = [
    "%",
    "_",
    "\\",
    "'",
    "' OR '1'='1",
    "Dup%",
    "%' UNION SELECT siren FROM journeys --",
    "$$",
    "{}",
    "*",
    "dupont",
]
PATHS = [
    "../journeys",
    "..%2f..%2fetc%2fpasswd",
    "732829320/../552100554",
    "732829320%00",
    "-1",
    "1e9",
    "７３２８２９３２０",
]


@pytest.mark.parametrize("search", SEARCHES)
async def test_a_search_finds_nothing_of_another_organisation(
    neighbour: httpx.AsyncClient, engine: AsyncEngine, search: str
) -> None:
    await add_journey(engine)
    await add_journey(engine, OTHER_SIREN, name="Fromagerie", organisation="urssaf-rhone-alpes")
    answer = await neighbour.get("/v1/journeys", params={"q": search})
    assert answer.status_code == 200
    assert {it["siren"] for it in answer.json()["items"]} <= {OTHER_SIREN}
    assert (await neighbour.get("/v1/journeys", params={"q": "Fromagerie"})).json()["items"]


async def test_a_cursor_and_a_filter_of_others_open_nothing(
    agent: httpx.AsyncClient, neighbour: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    for siren in (SIREN, OTHER_SIREN):
        await add_journey(engine, siren)
        await add_task(engine, siren)
    for path in ("/v1/journeys", "/v1/tasks"):
        cursor = (await agent.get(path, params={"limit": 1})).json()["next_cursor"]
        assert cursor, "there is a second page to open"
        for params in ({"cursor": cursor}, {"limit": 1}, {"referent": "alice.martin"}, {"assignee": "alice.martin"}):
            assert (await neighbour.get(path, params=params)).json()["items"] == [], (path, params)
    forged = [cursors.encode("' OR 1=1"), cursors.encode("x", "y"), "AAAA", "%", "é", "=" * 300]
    for cursor in forged:
        for path in ("/v1/journeys", "/v1/tasks"):
            assert (await agent.get(path, params={"cursor": cursor})).status_code == 400, cursor


EXTRA = {"organisation": "urssaf-rhone-alpes", "id": "mine", "author": "somebody", "by": "somebody", "note_id": "x"}


@pytest.mark.parametrize("name", sorted(it for it in DOORS if DOORS[it].body and it != "POST /v1/events"))
async def test_a_field_nobody_asked_for_is_refused(app: FastAPI, engine: AsyncEngine, name: str) -> None:
    await add_cases(engine)
    method, path = name.split()
    door = DOORS[name]
    async with bearing(app, f"{sorted(door.roles)[0]}-idf-token") as client:
        for field, value in EXTRA.items():
            body = {**(FILLED.get(name) or door.body or {}), field: value}
            answer = await client.request(method, path.format(**IDS), json=body)
            assert answer.status_code == 400, (field, answer.text)
            assert f"/{field}" in answer.text, "refused for that field, and for no other reason"
    async with engine.connect() as connection:
        for table in (notes, meetings, subscriptions):
            assert (await connection.execute(select(table))).all() == []
        assert (await connection.scalars(select(agents.c.organisation).where(agents.c.agent == "mine"))).all() == []


@pytest.mark.parametrize("path", PATHS)
async def test_no_address_leads_out_of_its_place(agent: httpx.AsyncClient, engine: AsyncEngine, path: str) -> None:
    await add_journey(engine, OTHER_SIREN, organisation="urssaf-rhone-alpes")
    answer = await agent.get(f"/v1/journeys/{path}/notes")
    assert answer.status_code in (400, 403, 404), path
    assert "Dupont" not in answer.text


def _nested(depth: int) -> bytes:
    return json.dumps(MEETING)[:-1].encode() + b', "title":' + b"[" * depth + b"]" * depth + b"}"


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "deep": (_nested(100_000), {}),
    "gzip": (gzip.compress(json.dumps(MEETING).encode()), {"content-encoding": "gzip"}),
    "NaN": (json.dumps({**MEETING, "minutes": float("nan")}).encode(), {}),
    "Infinity": (json.dumps({**MEETING, "places": float("inf")}).encode(), {}),
    "huge number": (json.dumps(MEETING).replace(": 90", ": " + "9" * 5000).encode(), {}),
    "twice the same field": (json.dumps(MEETING)[:-1].encode() + b', "title": {"b": 1}}', {}),
    "a list": (b"[1, 2]", {}),
    "nothing": (b"", {}),
}


@pytest.mark.parametrize("kind", sorted(BODIES))
async def test_a_body_of_another_kind_is_refused_and_makes_nothing(
    supervisor: httpx.AsyncClient, engine: AsyncEngine, kind: str
) -> None:
    body, headers = BODIES[kind]
    answer = await supervisor.post(
        "/v1/meetings", content=body, headers={"content-type": "application/json", **headers}
    )
    assert answer.status_code in (400, 413, 415), answer.text
    async with engine.connect() as connection:
        assert (await connection.execute(select(meetings))).all() == []


async def test_the_same_meeting_in_an_ordinary_body_is_made(supervisor: httpx.AsyncClient) -> None:
    assert (await supervisor.post("/v1/meetings", json=MEETING)).status_code == 201


@pytest.mark.parametrize("attribute", ["organisation", "seq", "status", "received_at", "trace"])
async def test_an_event_says_nothing_of_how_it_is_kept(
    system: httpx.AsyncClient, engine: AsyncEngine, attribute: str
) -> None:
    answer = await system.post(
        "/v1/events",
        json={**event(), attribute: "urssaf-rhone-alpes"},
        headers={"content-type": "application/cloudevents+json"},
    )
    async with engine.connect() as connection:
        rows: Any = (await connection.execute(select(events))).all()
    assert answer.status_code in (202, 400)
    assert len(rows) == (answer.status_code == 202)
    assert {(row.organisation, row.status) for row in rows} <= {("urssaf-idf", "pending")}


async def test_subscriptions_are_made_for_the_callers_own_organisation(app: FastAPI, engine: AsyncEngine) -> None:
    async with bearing(app, "system-ra-token") as client:
        made = (await client.post("/v1/subscriptions", json=SUBSCRIPTION)).json()["id"]
    async with bearing(app, "system-idf-token") as client:
        assert (await client.delete(f"/v1/subscriptions/{made}")).status_code == 403
