from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from config.sealing import Seal
from config.settings import Settings
from db import deliveries, outgoing, tables
from db.outgoing import OutEvent
from tests.api.examples import SIREN, bearing
from tests.fakes.subscriber import SECRET

ADDRESS = "/v1/subscriptions"
WANTED = {"url": "https://hooks.example.org/parcours", "types": ["journey.started", "plan.decided"], "secret": SECRET}


@pytest.fixture
async def admin(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with bearing(app, "admin-idf-token") as client:
        yield client


@pytest.fixture
async def foreign(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator of another organisation."""
    async with bearing(app, "admin-ra-token") as client:
        yield client


async def subscribed(client: httpx.AsyncClient, **changes: Any) -> str:
    answer = await client.post(ADDRESS, json=WANTED | changes)
    assert answer.status_code == 201, answer.text
    return f"{ADDRESS}/{answer.json()['id']}"


async def handed_out(engine: AsyncEngine, count: int) -> None:
    events = [
        OutEvent(uuid4(), SIREN, "urssaf-idf", "plan.decided", datetime(2026, 3, 2, 9, tzinfo=UTC), {})
        for _ in range(count)
    ]
    async with engine.begin() as connection:
        await outgoing.add(connection, events)
        await deliveries.hand_out(connection, 100)


async def test_a_subscription_is_made_listed_and_ended_without_its_secret_coming_back(
    admin: httpx.AsyncClient, system: httpx.AsyncClient, foreign: httpx.AsyncClient
) -> None:
    mine = await subscribed(admin, types=["plan.decided", "fr.urssaf.parcours.journey.started", "plan.decided"])
    listed = await system.get(ADDRESS)
    [item] = listed.json()["items"]
    assert (item["url"], item["types"]) == (WANTED["url"], ["plan.decided", "journey.started"])
    assert SECRET not in listed.text
    assert (await foreign.get(ADDRESS)).json()["items"] == []
    assert (await foreign.delete(mine)).status_code == 403
    assert (await admin.delete(mine)).status_code == 204
    assert (await admin.delete(mine)).status_code == 404


async def test_a_secret_is_sealed_where_it_is_stored(
    admin: httpx.AsyncClient, engine: AsyncEngine, settings: Settings
) -> None:
    await subscribed(admin)
    async with engine.connect() as connection:
        stored = await connection.scalar(select(tables.subscriptions.c.secret))
    assert SECRET not in stored
    assert Seal(settings.secret_key).open(stored) == SECRET


async def test_only_systems_and_administrators_subscribe(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    for client in (agent, supervisor):
        assert (await client.post(ADDRESS, json=WANTED)).status_code == 403
        assert (await client.get(ADDRESS)).status_code == 403


async def test_a_subscription_repeated_under_its_key_is_one(admin: httpx.AsyncClient) -> None:
    first, second = [await admin.post(ADDRESS, json=WANTED, headers={"Idempotency-Key": "s"}) for _ in range(2)]
    assert first.json() == second.json()
    assert len((await admin.get(ADDRESS)).json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "http://hooks.example.org/"}, "/url"),
        ({"url": "https://169.254.169.254/latest"}, "/url"),
        ({"url": "nowhere"}, "/url"),
        ({"url": "https://hooks.example.org/a\0b"}, "/url"),
        ({"url": "https://hooks.example.org/a\nb"}, "/url"),
        ({"url": "https://hooks.example.org/a b"}, "/url"),
        ({"types": ["journey.lost"]}, "/types/0"),
        ({"types": []}, "/types"),
        ({"secret": "short"}, "/secret"),
        ({"more": 1}, "/more"),
    ],
)
async def test_a_wrong_subscription_is_refused_without_repeating_its_secret(
    change: dict[str, Any], pointer: str, unplugged_app: FastAPI
) -> None:
    async with bearing(unplugged_app, "admin-idf-token") as client:
        answer = await client.post(ADDRESS, json=WANTED | change)
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, [pointer])
    assert SECRET not in answer.text


async def test_a_development_machine_may_subscribe_to_itself(engine: AsyncEngine, settings: Settings) -> None:
    here = settings.model_copy(update={"public_url": "http://127.0.0.1:8000", "environment": "development"})
    temporal: Any = None
    async with bearing(create_app(here, engine, temporal), "admin-idf-token") as admin:
        assert await subscribed(admin, url="http://127.0.0.1:9999/hook")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_in_production_nobody_does(admin: httpx.AsyncClient, host: str) -> None:
    for scheme in ("http", "https"):
        assert (await admin.post(ADDRESS, json=WANTED | {"url": f"{scheme}://{host}/hook"})).status_code == 400


async def test_deliveries_are_inspected_page_by_page_and_replayed(
    admin: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    mine = await subscribed(admin)
    other = await subscribed(admin, types=["journey.closed"])
    await handed_out(engine, 3)
    first = (await admin.get(f"{mine}/deliveries", params={"limit": 2})).json()
    second = (await admin.get(f"{mine}/deliveries", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    shown = first["items"] + second["items"]
    assert (len({item["event"] for item in shown}), second["next_cursor"]) == (3, None)
    assert {(item["type"], item["siren"], item["status"], item["attempts"]) for item in shown} == {
        ("plan.decided", SIREN, "pending", 0)
    }
    async with engine.begin() as connection:
        await deliveries.settle(connection, shown[0]["id"], "failed", "500")
    failed = (await admin.get(f"{mine}/deliveries", params={"status": "failed"})).json()["items"]
    assert [(item["id"], item["outcome"], item["next_at"]) for item in failed] == [(shown[0]["id"], "500", None)]
    again = await admin.post(f"{mine}/deliveries/{shown[0]['id']}/replay")
    assert (again.status_code, again.json()["status"], again.json()["attempts"]) == (202, "pending", 0)
    assert (await admin.post(f"{other}/deliveries/{shown[0]['id']}/replay")).status_code == 404
    assert (await admin.get(f"{other}/deliveries")).json()["items"] == []


async def test_what_a_subscriber_receives_is_described(unplugged: httpx.AsyncClient) -> None:
    event = (await unplugged.get("/openapi.json")).json()["webhooks"]["event"]["post"]
    assert {it["name"] for it in event["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    body = event["requestBody"]["content"]["application/cloudevents+json"]["schema"]
    assert "fr.urssaf.parcours.plan.decided" in body["properties"]["type"]["enum"]
