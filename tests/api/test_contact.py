"""PUT /v1/journeys/{siren}/contact: an agent corrects the details of an enterprise (ENR-5)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities import correcting
from db import enterprises
from db.codec import dump_journey, load_journey
from db.tables import events, journeys
from tests.api.examples import OPENED, OTHER_SIREN, SIREN, add_journey

MINE = f"/v1/journeys/{SIREN}/contact"
LEA = OPENED["contact"]
OMAR = {"name": "Omar Levain", "email": "omar@example.org", "phone": "06 39 98 00 09"}
KEPT = OMAR | {"phone": "+33639980009"}


@pytest.fixture(autouse=True)
async def followed(engine: AsyncEngine) -> None:
    await add_journey(engine)
    async with engine.begin() as connection:
        known = {"contact_name": LEA["name"], "email": LEA["email"], "phone": LEA["phone"]}
        await enterprises.describe(connection, SIREN, {"name": "Boulangerie Dupont", **known})


async def corrections(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(select(events).where(events.c.type == "contact.corrected")))


async def test_a_correction_counts_at_once_and_says_who_made_it(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answer = await agent.put(MINE, json=OMAR)
    assert (answer.status_code, answer.json()) == (200, KEPT)
    async with engine.connect() as connection:
        known = await enterprises.read(connection, SIREN)
    assert known
    assert (known.contact_name, known.email, known.phone, known.contact_epoch) == (*KEPT.values(), 1)
    timeline = (await agent.get(f"/v1/journeys/{SIREN}/timeline")).json()
    assert "Coordonnées corrigées par alice.martin" in [it["summary"] for it in timeline]
    assert not any(secret in str(timeline) for secret in ("omar", "Omar", "639980009"))


async def test_the_same_again_is_one_correction(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answers = await asyncio.gather(*(agent.put(MINE, json=OMAR) for _ in range(4)))
    assert {it.status_code for it in answers} == {200}
    assert len(await corrections(engine)) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Omar"}, ""),
        ({"name": "Omar", "email": None, "phone": None}, ""),
        (OMAR | {"name": "​"}, "/name"),
        (OMAR | {"name": "Omar\x07"}, "/name"),
        (OMAR | {"email": "omar@"}, "/email"),
        (OMAR | {"phone": "12"}, "/phone"),
        (OMAR | {"fax": "0199000000"}, "/fax"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(
    agent: httpx.AsyncClient, engine: AsyncEngine, body: dict[str, Any], pointer: str
) -> None:
    answer = await agent.put(MINE, json=body)
    assert answer.status_code == 400, answer.text
    assert [it["pointer"] for it in answer.json()["errors"]] == [pointer]
    assert await corrections(engine) == []


async def test_only_agents_of_its_organisation_correct(
    system: httpx.AsyncClient, neighbour: httpx.AsyncClient, agent: httpx.AsyncClient
) -> None:
    assert [(await it.put(MINE, json=OMAR)).status_code for it in (system, neighbour)] == [403, 403]
    assert (await agent.put(f"/v1/journeys/{OTHER_SIREN}/contact", json=OMAR)).status_code == 404


async def test_an_enterprise_that_moved_between_the_look_and_the_act_is_not_corrected(
    agent: httpx.AsyncClient, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct = correcting.correct

    async def moved_before(connection: AsyncConnection, *rest: Any) -> bool:
        async with engine.begin() as other:
            row = (await other.execute(select(journeys).where(journeys.c.siren == SIREN))).one()
            moved = dump_journey(replace(load_journey(row.state), organisation="urssaf-rhone-alpes"))
            await other.execute(update(journeys).values(organisation="urssaf-rhone-alpes", state=moved))
        return await correct(connection, *rest)

    monkeypatch.setattr(correcting, "correct", moved_before)
    assert (await agent.put(MINE, json=OMAR)).status_code == 403
    assert await corrections(engine) == []
