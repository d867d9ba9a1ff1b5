"""REG-1: the newsletter over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db import newsletters
from tests.api.examples import add_journey

PARIS = ZoneInfo("Europe/Paris")
TODAY = datetime.now(PARIS).date()
ISSUE = {
    "title": "Ce qui change au 1er janvier",
    "body": "## Le taux\n\nIl baisse : [en savoir plus](https://www.urssaf.fr).",
    "sectors": ["56", "47.11B"],
    "leaves_on": str(TODAY + timedelta(days=3)),
}


async def planned(client: httpx.AsyncClient, **change: Any) -> dict[str, Any]:
    answer = await client.post("/v1/newsletters", json=ISSUE | change)
    assert answer.status_code == 201, answer.text
    issue: dict[str, Any] = answer.json()
    return issue


async def test_a_supervisor_plans_an_issue_that_neighbours_do_not_see(
    supervisor: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    issue = await planned(supervisor)
    assert {name: value for name, value in issue.items() if name != "id"} == {
        **ISSUE,
        "withdrawn": False,
        "readers": 0,
        "handed_out_at": None,
    }
    assert (await supervisor.get("/v1/newsletters")).json()["items"] == [issue]
    assert (await neighbour.get("/v1/newsletters")).status_code == 403


async def test_planned_again_under_its_key_it_is_one_issue(supervisor: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await supervisor.post("/v1/newsletters", json=ISSUE, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 201
    assert len((await supervisor.get("/v1/newsletters")).json()["items"]) == 1


async def test_an_issue_is_withdrawn_until_it_is_on_its_way(supervisor: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    issue, other = await planned(supervisor), await planned(supervisor, sectors=[], leaves_on=str(TODAY))
    for _ in range(2):
        withdrawn = await supervisor.post(f"/v1/newsletters/{issue['id']}/withdraw")
        assert (withdrawn.status_code, withdrawn.json()["withdrawn"]) == (200, True)
    async with engine.begin() as connection:
        await newsletters.hand_out(connection, "urssaf-idf", TODAY, datetime.now(PARIS))
    refused = await supervisor.post(f"/v1/newsletters/{other['id']}/withdraw")
    assert (refused.status_code, refused.json()["rule"]) == (409, "REG-1")
    shown = {it["id"]: it for it in (await supervisor.get("/v1/newsletters")).json()["items"]}
    assert (shown[other["id"]]["readers"], shown[other["id"]]["handed_out_at"] is None) == (1, False)


async def test_an_issue_of_yesterday_is_a_conflict(supervisor: httpx.AsyncClient) -> None:
    answer = await supervisor.post("/v1/newsletters", json=ISSUE | {"leaves_on": str(TODAY - timedelta(days=1))})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Choisissez aujourd'hui ou un jour à venir.")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"body": " "}, "/body"),
        ({"body": "x" * 8001}, "/body"),
        ({"body": "a\x07b"}, "/body"),
        ({"sectors": ["bakers"]}, "/sectors/0"),
        ({"sectors": ["56\n"]}, "/sectors/0"),
        ({"sectors": ["56"] * 101}, "/sectors"),
        ({"leaves_on": "2026-02-30"}, "/leaves_on"),
        ({"author": "x"}, "/author"),
    ],
)
async def test_a_wrong_issue_is_refused_by_its_place(
    wrong: dict[str, Any], pointer: str, unplugged_supervisor: httpx.AsyncClient
) -> None:
    answer = await unplugged_supervisor.post("/v1/newsletters", json=ISSUE | wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
