"""Accepted text is readable text, through every door of the API (issue 14, shows 2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.absorbing import absorb_pending
from activities.rulebooks import open_rulebook
from db import meetings, newsletters
from db.tables import events
from tests.api.examples import SIREN, add_journey, event
from tests.odd_text import TEXTS, is_refused, same

LATER = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
FEW = settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
numbers = count(1)


async def posted(client: httpx.AsyncClient, path: str, body: Any, kind: str = "application/json") -> httpx.Response:
    return await client.post(path, content=json.dumps(body), headers={"Content-Type": kind})


async def read_by_its_journey(app: FastAPI, engine: AsyncEngine) -> list[str]:
    """What became of all that the enterprise was told."""
    rulebook = await open_rulebook(engine, app.state.services.policies)
    async with engine.begin() as connection:
        await absorb_pending(connection, rulebook, SIREN)
        return list(await connection.scalars(select(events.c.status).where(events.c.siren == SIREN)))


@FEW
@given(text=TEXTS)
async def test_a_name_that_is_taken_is_read(
    app: FastAPI, system: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine, text: str
) -> None:
    if not (await agent.get(f"/v1/journeys/{SIREN}")).is_success:
        await add_journey(engine)
    contact = event({"contact": {"name": text}}, "contact.changed", id=f"c-{next(numbers)}")
    answer = await posted(system, "/v1/events", contact, "application/cloudevents+json")
    assert answer.status_code == (400 if is_refused(text) else 202), answer.text
    assert set(await read_by_its_journey(app, engine)) <= {"applied"}


@FEW
@given(text=TEXTS)
async def test_a_title_or_a_place_that_is_taken_is_read_by_the_journeys_it_is_told(
    app: FastAPI, supervisor: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine, text: str
) -> None:
    if not (await agent.get(f"/v1/journeys/{SIREN}")).is_success:
        await add_journey(engine)
    planned = {"kind": "training", "title": text, "place": text, "starts_at": LATER.isoformat()}
    answer = await posted(supervisor, "/v1/meetings", {**planned, "minutes": 60, "places": 5})
    assert answer.status_code == (400 if is_refused(text) else 201), answer.text
    issue = {"title": text, "body": "Bonjour.", "leaves_on": "2090-01-10"}
    letter = await posted(supervisor, "/v1/newsletters", issue)
    assert letter.status_code == answer.status_code
    if answer.is_success:
        assert same(answer.json()["title"]) == same(letter.json()["title"]) == same(text)
        async with engine.begin() as connection:
            await meetings.register(connection, "urssaf-idf", answer.json()["id"], SIREN, datetime.now(UTC))
            row = await newsletters.find(connection, "urssaf-idf", letter.json()["id"])
            await newsletters._hand_out(connection, row, datetime.now(UTC))
    assert set(await read_by_its_journey(app, engine)) <= {"applied"}


@FEW
@given(text=TEXTS)
async def test_a_note_that_is_taken_is_shown(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine, text: str
) -> None:
    if not (await agent.get(f"/v1/journeys/{SIREN}")).is_success:
        await add_journey(engine)
    issue = {"title": "Embaucher", "body": text, "leaves_on": "2090-01-10"}
    answer = await posted(supervisor, "/v1/newsletters", issue)
    assert answer.status_code == (400 if is_refused(text, kept="\n\r\t") else 201), answer.text
    if answer.is_success:
        assert same(answer.json()["body"]) == same(text)


@FEW
@given(text=TEXTS)
async def test_what_is_looked_for_is_taken_or_refused(agent: httpx.AsyncClient, text: str) -> None:
    answer = await agent.get("/v1/journeys", params={"q": text.encode(errors="replace").decode()})
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("siren", ["732\u00a0829\u202f320", "732 829 320", "732829320\ufeff"])
async def test_a_siren_has_blanks_of_any_kind(agent: httpx.AsyncClient, engine: AsyncEngine, siren: str) -> None:
    await add_journey(engine)
    assert (await agent.get(f"/v1/journeys/{siren}")).status_code == 200
    assert (await agent.get("/v1/tasks", params={"siren": siren})).status_code == 200
