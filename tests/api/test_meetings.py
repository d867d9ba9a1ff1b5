"""APT-5: the calendar of meetings, and the places in them, over HTTP."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.examples import OTHER_SIREN, SIREN, add_journey, stored_events

PARIS = ZoneInfo("Europe/Paris")
LOCAL = datetime.combine(datetime.now(PARIS).date() + timedelta(days=20), time(14, 30))
MEETING = {
    "kind": "training",
    "title": "Lire un bulletin de paie",
    "place": "2 rue de la Paix, Paris",
    "starts_at": LOCAL.isoformat(),
    "minutes": 90,
    "places": 1,
}


async def published(client: httpx.AsyncClient, **change: Any) -> dict[str, Any]:
    answer = await client.post("/v1/meetings", json=MEETING | change)
    assert answer.status_code == 201, answer.text
    meeting: dict[str, Any] = answer.json()
    return meeting


def place(meeting: dict[str, Any], siren: str = SIREN) -> str:
    return f"/v1/meetings/{meeting['id']}/registrations/{siren}"


async def test_a_supervisor_announces_what_agents_read_and_neighbours_do_not(
    supervisor: httpx.AsyncClient, agent: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    meeting = await published(supervisor)
    assert meeting["starts_at"] == LOCAL.replace(tzinfo=PARIS).isoformat()
    assert (meeting["taken"], meeting["cancelled"]) == (0, False)
    assert (await agent.get("/v1/meetings")).json()["items"] == [meeting]
    assert (await neighbour.get("/v1/meetings")).json()["items"] == []
    day = LOCAL.date()
    assert (await agent.get("/v1/meetings", params={"to": f"{day}"})).json()["items"] == [meeting]
    assert (await agent.get("/v1/meetings", params={"from": f"{day + timedelta(days=1)}"})).json()["items"] == []


async def test_announced_again_under_its_key_it_is_one_meeting(supervisor: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (
            await supervisor.post("/v1/meetings", json=MEETING, headers={"Idempotency-Key": "once"})
        ).status_code == 201
    assert len((await supervisor.get("/v1/meetings")).json()["items"]) == 1


async def test_an_agent_takes_a_place_for_an_enterprise_until_none_is_left(
    supervisor: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await add_journey(engine, OTHER_SIREN, "Garage Piston")
    meeting = await published(supervisor)
    for _ in range(2):
        answer = await agent.put(place(meeting))
        assert (answer.status_code, answer.json()["taken"]) == (200, 1)
    refused = await agent.put(place(meeting, OTHER_SIREN))
    assert (refused.status_code, refused.json()["rule"]) == (409, "APT-5")
    assert "plus de place" in refused.json()["detail"]
    [registered] = (await agent.get(f"/v1/meetings/{meeting['id']}/registrations")).json()["items"]
    assert (registered["siren"], registered["name"]) == (SIREN, "Boulangerie Dupont")
    assert (await agent.delete(place(meeting))).json()["taken"] == 0
    assert (await agent.put(place(meeting, OTHER_SIREN))).status_code == 200
    assert [(row.siren, row.type, row.data["change"]) for row in await stored_events(engine)] == [
        (SIREN, "meeting.registration", "registered"),
        (SIREN, "meeting.registration", "left"),
        (OTHER_SIREN, "meeting.registration", "registered"),
    ]


async def test_a_meeting_is_changed_and_called_off(supervisor: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    meeting = await published(supervisor)
    await supervisor.put(place(meeting))
    moved = await supervisor.put(f"/v1/meetings/{meeting['id']}", json=MEETING | {"place": "En ligne"})
    assert (moved.status_code, moved.json()["place"], moved.json()["taken"]) == (200, "En ligne", 1)
    off = await supervisor.post(f"/v1/meetings/{meeting['id']}/cancel")
    assert (off.status_code, off.json()["cancelled"]) == (200, True)
    assert [row.data["change"] for row in await stored_events(engine)] == ["registered", "moved", "cancelled"]
    assert (await supervisor.put(place(meeting))).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "party"}, "/kind"),
        ({"title": ""}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"place": "a\x07b"}, "/place"),
        ({"starts_at": "2026-02-30T10:00:00"}, "/starts_at"),
        ({"starts_at": "9999-12-31T23:00:00"}, "/starts_at"),
        ({"minutes": 5}, "/minutes"),
        ({"places": 0}, "/places"),
        ({"organiser": "x"}, "/organiser"),
    ],
)
async def test_a_wrong_meeting_is_refused_by_its_place(
    wrong: dict[str, Any], pointer: str, unplugged_supervisor: httpx.AsyncClient
) -> None:
    answer = await unplugged_supervisor.post("/v1/meetings", json=MEETING | wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_meeting_of_yesterday_is_a_conflict(supervisor: httpx.AsyncClient) -> None:
    yesterday = (datetime.now(PARIS) - timedelta(days=1)).isoformat()
    answer = await supervisor.post("/v1/meetings", json=MEETING | {"starts_at": yesterday})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Choisissez une date à venir.")
