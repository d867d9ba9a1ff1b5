from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.inbound.schemas import INTERNAL_TYPES
from domain.state import Phase
from tests.api.examples import OTHER_SIREN, SIREN, add_journey, stored_events

ALICE = {"name": "Alice Martin", "email": "alice@example.fr", "phone": "01 99 00 12 34", "trained": True}


async def put(client: httpx.AsyncClient, **change: Any) -> httpx.Response:
    return await client.put("/v1/agents/alice.martin", json=ALICE | change)


async def test_a_supervisor_writes_an_agent_whom_all_may_read(
    supervisor: httpx.AsyncClient, agent: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    absences = [{"from": "2026-08-01", "to": "2026-08-15"}]
    written = (await put(supervisor, absences=absences)).json()
    assert written == ALICE | {
        "agent": "alice.martin",
        "organisation": "urssaf-idf",
        "weight": 0,
        "absences": absences,
    }
    assert (await agent.get("/v1/agents")).json()["items"] == [written]
    assert (await neighbour.get("/v1/agents")).json()["items"] == []


async def test_an_agent_may_not_write_agents(agent: httpx.AsyncClient) -> None:
    assert (await put(agent)).status_code == 403


async def test_journeys_without_referent_hear_of_a_trained_agent_once(
    supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine, SIREN)
    await add_journey(engine, OTHER_SIREN, referent="bob")
    await put(supervisor)
    await put(supervisor, name="Alice Durand")
    [told] = await stored_events(engine)
    assert (told.siren, told.type, told.source, told.data) == (SIREN, "agents.available", "parcours/agents", {})


async def test_a_departure_is_told_to_each_open_journey_of_the_referent(
    supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await put(supervisor)
    await add_journey(engine, SIREN, referent="alice.martin")
    await add_journey(engine, OTHER_SIREN, referent="alice.martin", phase=Phase.CLOSED)
    for trained in (False, False, True, False):
        await put(supervisor, trained=trained)
    told = [row for row in await stored_events(engine) if row.type == "referent.leaving"]
    assert [row.siren for row in told] == [SIREN, SIREN]
    assert told[0].data == {"agent": "alice.martin", "reason": "departure"}
    assert {row.type for row in await stored_events(engine)} <= set(INTERNAL_TYPES)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "A\0"},
        {"email": "nobody"},
        {"phone": "call me"},
        {"trained": "perhaps"},
        {"absences": [{"from": "2026-08-15", "to": "2026-08-01"}]},
        {"absences": [{"from": "2026-02-30", "to": "2026-03-01"}]},
        {"weight": 3},
    ],
)
async def test_a_wrong_profile_is_refused(change: dict[str, Any], unplugged_supervisor: httpx.AsyncClient) -> None:
    assert (await put(unplugged_supervisor, **change)).status_code == 400


@pytest.mark.parametrize("name", ["Alice", "a b", "é", "x" * 101])
async def test_a_wrong_agent_name_is_refused(name: str, unplugged_supervisor: httpx.AsyncClient) -> None:
    assert (await unplugged_supervisor.put(f"/v1/agents/{name}", json=ALICE)).status_code == 400
