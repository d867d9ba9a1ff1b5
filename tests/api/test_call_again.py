"""INC-3: a call that reached nobody is noted with the day to call again."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import events
from domain.state import Work
from tests.api.examples import add_journey, add_task
from tests.domain.rules.life import RULEBOOK

CALENDAR = RULEBOOK.current["urssaf-idf"].calendar
KEY = "INC-3:an-incident:0"


async def ended(agent: httpx.AsyncClient, engine: AsyncEngine, **said: Any) -> httpx.Response:
    await add_journey(engine, tasks={KEY: Work("INC-3", "Appeler l'entreprise", "incident:an-incident:0")})
    task = await add_task(engine, key=KEY, rule="INC-3")
    return await agent.post(f"/v1/tasks/{task}/done", json={"outcome": "message_left", **said})


def in_working_days(days: int) -> str:
    return CALENDAR.add_working_days(datetime.now(CALENDAR.zoneinfo).date(), days).isoformat()


async def test_the_day_to_call_again_is_told_to_the_journey(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    day = in_working_days(3)
    answer = await ended(agent, engine, follow_up_on=day, follow_up_half="morning")
    assert answer.status_code == 200
    async with engine.connect() as connection:
        said = (await connection.execute(select(events.c.data).where(events.c.type == "task.done"))).scalar_one()
    assert said["again_by"] == CALENDAR.at(datetime.fromisoformat(day).date(), time(12)).isoformat()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"follow_up_on": "2020-01-02"}, "is over"),
        ({"follow_up_on": (datetime.now() + timedelta(days=400)).date().isoformat()}, "Too far ahead"),
        ({"follow_up_on": in_working_days(3), "outcome": "reached"}, "message_left or unreachable"),
        ({"follow_up_half": "morning"}, "Say the day"),
    ],
    ids=["past", "far", "reached", "half alone"],
)
async def test_a_day_that_will_not_do_is_refused_and_the_task_stays_open(
    agent: httpx.AsyncClient, engine: AsyncEngine, said: dict[str, str], why: str
) -> None:
    answer = await ended(agent, engine, **said)
    assert answer.status_code == 400
    [fault] = answer.json()["errors"]
    assert fault["pointer"] == "/follow_up_on"
    assert why in fault["detail"]
    assert (await agent.get("/v1/tasks", params={"status": "open"})).json()["items"]
