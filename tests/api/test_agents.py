from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.inbound.internal import INTERNAL_TYPES
from db.absences import tell_left, tell_unfollowed
from db.bookings import book
from db.tables import agents, slots
from domain.state import Phase
from tests.api.examples import OTHER_SIREN, SIREN, add_journey, stored_events

PARIS = ZoneInfo("Europe/Paris")
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
        "video_link": None,
    }
    assert (await agent.get("/v1/agents")).json()["items"] == [written]
    assert (await neighbour.get("/v1/agents")).json()["items"] == []


async def test_an_agent_written_elsewhere_than_here_is_shown_as_it_is(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    absences = [{"from": "2026-08-01", "to": "2026-08-15"}] * 201
    row = {"agent": "chef", "organisation": "urssaf-idf", "trained": True, "name": "C\n" * 200, "email": "x" * 201}
    async with engine.begin() as connection:
        await connection.execute(insert(agents).values(row | {"absences": absences}))
    [shown] = (await agent.get("/v1/agents")).json()["items"]
    assert (shown["name"], shown["email"], shown["absences"]) == (row["name"], row["email"], absences)


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


async def test_a_departure_is_told_to_each_journey_of_the_referent_closed_ones_too(
    supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await put(supervisor)
    await add_journey(engine, SIREN, referent="alice.martin")
    await add_journey(engine, OTHER_SIREN, referent="alice.martin", phase=Phase.CLOSED)
    for trained in (False, False, True, False):
        await put(supervisor, trained=trained)
    told = [row for row in await stored_events(engine) if row.type == "referent.leaving"]
    assert sorted(row.siren for row in told) == sorted([SIREN, OTHER_SIREN] * 2)
    assert told[0].data == {"agent": "alice.martin", "reason": "departure"}
    assert {row.type for row in await stored_events(engine)} <= set(INTERNAL_TYPES)


def away(first: int, last: int) -> list[dict[str, str]]:
    """An absence, in days from today."""
    start = datetime.now(PARIS).date()
    return [{"from": str(start + timedelta(days=first)), "to": str(start + timedelta(days=last))}]


async def test_a_long_absence_is_told_once_to_each_journey_of_the_referent_when_it_begins(
    supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await put(supervisor)
    await add_journey(engine, SIREN, referent="alice.martin")
    await add_journey(engine, OTHER_SIREN, referent="bob")
    for absences in (away(-1, 28), away(1, 60), away(0, 29), away(-3, 26)):
        await put(supervisor, absences=absences)
    assert await stored_events(engine) == []
    for _ in range(2):
        await put(supervisor, absences=away(-3, 28))
    [told] = await stored_events(engine)
    assert (told.siren, told.type, told.data["reason"]) == (SIREN, "referent.leaving", "absence")


async def test_an_absence_written_ahead_is_told_the_day_it_begins_on_the_journeys_own_clock(
    supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await put(supervisor, absences=away(10, 60))
    await add_journey(engine, SIREN, referent="alice.martin")
    days = {day: await look_who_is_away(engine, day) for day in (9, 10, 11)}
    assert days == {9: 0, 10: 1, 11: 0}


async def look_who_is_away(engine: AsyncEngine, in_days: int) -> int:
    async with engine.begin() as connection:
        now = datetime.now(UTC) + timedelta(days=in_days)
        return await tell_left(connection, "urssaf-idf", "Europe/Paris", 30, now)


async def test_a_journey_without_referent_hears_that_an_agent_is_back(
    supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await put(supervisor, absences=away(0, 5))
    await add_journey(engine, SIREN)
    told = []
    for day in (0, 5, 6, 6):
        async with engine.begin() as connection:
            now = datetime.now(UTC) + timedelta(days=day)
            told.append(await tell_unfollowed(connection, "urssaf-idf", "Europe/Paris", now))
    assert told == [0, 0, 1, 0]


async def test_an_absence_is_laid_over_booked_appointments(supervisor: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await put(supervisor)
    await add_journey(engine, SIREN, referent="alice.martin")
    in_two_days = datetime.now(PARIS).replace(hour=10, minute=0) + timedelta(days=2)
    async with engine.begin() as connection:
        slot = {"id": "s", "organisation": "urssaf-idf", "agent": "alice.martin", "minutes": 30, "formats": ["phone"]}
        await connection.execute(insert(slots).values(slot | {"starts_at": in_two_days}))
        await book(connection, SIREN, "a-1", "s", datetime.now(UTC))
    for absences in (away(2, 2), away(2, 2), []):
        await put(supervisor, absences=absences)
    told = [row.data["attended"] for row in await stored_events(engine) if row.type == "slot.attendance"]
    assert told == [False, True]


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
