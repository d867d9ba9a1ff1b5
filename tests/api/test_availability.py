from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.cases import Appointment, AppointmentStatus, Slot
from tests.api.examples import OTHER_SIREN, SIREN, add_journey

PARIS = ZoneInfo("Europe/Paris")
MINE = "/v1/agents/alice.martin/availability"


def in_days(days: int, hour: int = 10) -> datetime:
    return datetime.combine(datetime.now(PARIS).date() + timedelta(days=days), time(hour), PARIS)


def slot(starts_at: datetime, **change: Any) -> dict[str, Any]:
    return {"starts_at": starts_at.isoformat(), "minutes": 30, "formats": ["phone", "video"]} | change


async def publish(client: httpx.AsyncClient, *slots: dict[str, Any]) -> httpx.Response:
    return await client.put(MINE, json={"slots": list(slots)})


async def free(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get("/v1/slots", params=query)
    assert answer.status_code == 200, answer.text
    return [datetime.fromisoformat(it["starts_at"]).astimezone(PARIS).isoformat() for it in answer.json()]


async def offered(client: httpx.AsyncClient, siren: str = SIREN) -> str:
    answer = await client.post(f"/v1/journeys/{siren}/appointments", json={"kind": "other"})
    assert answer.status_code == 201, answer.text
    return f"/v1/appointments/{answer.json()['id']}"


async def test_an_agent_publishes_slots_that_its_organisation_reads(
    agent: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    answer = await publish(agent, slot(in_days(2)), slot(in_days(1)), slot(in_days(-1)))
    assert [it["starts_at"] for it in answer.json()["slots"]] == [in_days(1).isoformat(), in_days(2).isoformat()]
    assert (await agent.get("/v1/slots")).json() == answer.json()["slots"]
    assert await free(neighbour) == []


async def test_what_is_published_replaces_what_was(agent: httpx.AsyncClient, supervisor: httpx.AsyncClient) -> None:
    await publish(agent, slot(in_days(1)), slot(in_days(2)))
    await publish(supervisor, slot(in_days(2)), slot(in_days(3)))
    assert await free(agent) == [in_days(2).isoformat(), in_days(3).isoformat()]


async def test_an_hour_without_offset_is_the_organisations(agent: httpx.AsyncClient) -> None:
    local = in_days(1, 9).replace(tzinfo=None)
    assert (await publish(agent, slot(local))).json()["slots"][0]["starts_at"] == in_days(1, 9).isoformat()


async def test_slots_are_narrowed_to_days_and_instants(agent: httpx.AsyncClient) -> None:
    await publish(agent, *(slot(in_days(day)) for day in (1, 2, 3)))
    second = in_days(2).date().isoformat()
    assert await free(agent, **{"from": second, "to": second}) == [in_days(2).isoformat()]
    assert await free(agent, **{"from": in_days(2, 11).isoformat()}) == [in_days(3).isoformat()]


async def test_midnight_is_an_instant_and_no_day(agent: httpx.AsyncClient) -> None:
    await publish(agent, *(slot(in_days(day)) for day in (1, 2, 3)))
    second = in_days(2).date().isoformat()
    assert await free(agent, to=in_days(2, 0).isoformat()) == [in_days(1).isoformat()]
    assert await free(agent, **{"from": f"{second}T00:00:00-12:00"}) == [in_days(3).isoformat()]


@pytest.mark.parametrize("wrong", ["2026-02-30", "2026-02-30T00:00:00Z", "tomorrow", ""])
async def test_what_is_neither_a_day_nor_an_instant_is_refused(
    wrong: str, unplugged_supervisor: httpx.AsyncClient
) -> None:
    answer = await unplugged_supervisor.get("/v1/slots", params={"from": wrong})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"][:11]) == (400, "/query/from")


async def test_agents_write_their_own_slots_only(agent: httpx.AsyncClient, supervisor: httpx.AsyncClient) -> None:
    for client, status in ((agent, 403), (supervisor, 404)):
        answer = await client.put("/v1/agents/bob/availability", json={"slots": []})
        assert answer.status_code == status


async def test_slots_that_overlap_are_a_conflict(agent: httpx.AsyncClient) -> None:
    answer = await publish(agent, slot(in_days(1)), slot(in_days(1) + timedelta(minutes=29)))
    assert (answer.status_code, "overlaps" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": "2026-02-30T10:00:00"},
        {"starts_at": "9999-12-31T23:00:00"},
        {"minutes": 0},
        {"formats": []},
        {"formats": ["fax"]},
    ],
)
async def test_a_wrong_slot_is_refused(change: dict[str, Any], unplugged_supervisor: httpx.AsyncClient) -> None:
    answer = await publish(unplugged_supervisor, slot(in_days(1)) | change)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"][:8]) == (400, "/slots/0")


@pytest.mark.usefixtures("answering")
async def test_a_slot_is_booked_moved_and_freed_again(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    slots = (await publish(agent, slot(in_days(1)), slot(in_days(2)))).json()["slots"]
    appointment = await offered(agent)
    booked = (await agent.post(f"{appointment}/booking", json={"slot": slots[0]["id"], "format": "video"})).json()
    assert (booked["status"], booked["format"], booked["agent"]) == ("booked", "video", "alice.martin")
    assert (booked["starts_at"], booked["minutes"]) == (in_days(1).isoformat(), 30)
    assert await free(agent) == [in_days(2).isoformat()]
    moved = (await agent.post(f"{appointment}/reschedule", json={"slot": slots[1]["id"]})).json()
    assert (moved["status"], moved["starts_at"]) == ("booked", in_days(2).isoformat())
    cancelled = (await agent.post(f"{appointment}/cancel", json={})).json()
    assert cancelled["status"] == "cancelled"
    assert await free(agent) == [in_days(1).isoformat(), in_days(2).isoformat()]


@pytest.mark.usefixtures("answering")
async def test_of_two_bookings_of_one_slot_one_is_a_conflict_that_names_others(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await add_journey(engine, OTHER_SIREN)
    wanted, other = (await publish(agent, slot(in_days(1)), slot(in_days(2)))).json()["slots"]
    appointments = [await offered(agent, siren) for siren in (SIREN, OTHER_SIREN)]
    answers = await asyncio.gather(
        *(agent.post(f"{appointment}/booking", json={"slot": wanted["id"]}) for appointment in appointments)
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code, lost.json()["rule"]) == (200, 409, "APT-2")
    assert lost.json()["slots"] == [other["id"]]


@pytest.mark.usefixtures("answering")
async def test_only_slots_in_time_are_shown_for_a_priority_appointment(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    until = datetime.now(UTC) + timedelta(days=2)
    offer = Appointment("a-1", "priority", AppointmentStatus.OFFERED, datetime.now(UTC), until)
    await add_journey(engine, appointments={offer.id: offer})
    await publish(agent, slot(in_days(1)), slot(in_days(5)))
    assert await free(agent, siren=SIREN, kind="priority") == [in_days(1).isoformat()]
    assert len(await free(agent, siren=SIREN, kind="other")) == 2


@pytest.mark.usefixtures("answering")
async def test_a_priority_appointment_gone_by_hides_no_slot_of_the_next(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    now, day = datetime.now(UTC), timedelta(days=1)
    before = Slot("s-1", "alice", now - 2 * day, 45, ("phone",))
    gone_by = Appointment("a-1", "priority", AppointmentStatus.BOOKED, now - 9 * day, now - day, slot=before)
    offer = Appointment("a-2", "priority", AppointmentStatus.OFFERED, now, now + 2 * day)
    await add_journey(engine, appointments={it.id: it for it in (gone_by, offer)})
    await publish(agent, slot(in_days(1)))
    assert await free(agent, siren=SIREN, kind="priority") == [in_days(1).isoformat()]
