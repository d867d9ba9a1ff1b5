"""ENR-3: the open tasks of an enterprise go to the referent who comes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from activities.contract import StepOrder
from activities.stepping import Stepping
from db import day, roster
from db.roster import Profile
from db.tables import tasks
from domain.requests import Ask, Request
from domain.state import Phase
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, PARIS, SIREN

IDF = "urssaf-idf"
MEDIATION = Request("mediate", Ask.MEDIATION, {"by": "enterprise", "note": None})


async def agent(desk: Desk, name: str, *, trained: bool = True) -> None:
    """Write an agent down, and apply what journeys hear of it."""
    async with desk.engine.begin() as connection:
        profile = Profile(name, None, "0199000001", trained, [])
        await roster.write(connection, IDF, name, profile, datetime.now(UTC))
    await desk.absorb()


async def days(desk: Desk, *agents: str) -> list[list[str]]:
    """The kinds of tasks in the day of each agent."""
    async with desk.engine.connect() as connection:
        return [[row.kind for row in await day.mine(connection, IDF, it)] for it in agents]


async def to_take(desk: Desk, queue: str) -> list[str]:
    async with desk.engine.connect() as connection:
        return [row.kind for row in await day.to_take(connection, IDF, [queue])]


async def task_of(desk: Desk, queue: str) -> Any:
    async with desk.engine.connect() as connection:
        return (await connection.execute(select(tasks).where(tasks.c.queue == queue))).one()


async def give(desk: Desk, queue: str, to: str | None, **values: Any) -> None:
    async with desk.engine.begin() as connection:
        await connection.execute(update(tasks).where(tasks.c.queue == queue).values(assignee=to, **values))


@pytest.fixture
async def in_difficulty(desk: Desk) -> Desk:
    """Alice follows an enterprise that she has to call about an unpaid period (INC-3), and Bruno could follow it."""
    await agent(desk, "alice")
    await agent(desk, "bruno")
    await desk.open()
    unpaid = {"kind": "unpaid", "amount": "900.00", "due_on": "2040-03-15"}
    await desk.tell("incident.detected", account=ACCOUNT, period="2040-02", **unpaid)
    await desk.reach(datetime(2040, 3, 5, 9, tzinfo=PARIS))
    await desk.live()
    async with desk.engine.begin() as connection:
        await connection.execute(tasks.delete().where(tasks.c.rule != "INC-3"))
    assert await days(desk, "alice", "bruno") == [["call"], []]
    return desk


async def test_the_open_tasks_of_a_referent_who_leaves_are_the_new_ones(in_difficulty: Desk) -> None:
    await agent(in_difficulty, "alice", trained=False)
    await in_difficulty.live()
    assert await days(in_difficulty, "alice", "bruno") == [[], ["call"]]


async def test_without_anybody_to_follow_a_task_waits_for_the_next_referent(in_difficulty: Desk) -> None:
    await agent(in_difficulty, "bruno", trained=False)
    await agent(in_difficulty, "alice", trained=False)
    await in_difficulty.live()
    assert (await days(in_difficulty, "alice"), await to_take(in_difficulty, "referent")) == ([[]], ["call"])
    await agent(in_difficulty, "bruno")
    await in_difficulty.live()
    assert (await days(in_difficulty, "bruno"), await to_take(in_difficulty, "referent")) == ([["call"]], [])


async def test_what_a_leaving_referent_took_from_another_queue_goes_back_to_it(in_difficulty: Desk) -> None:
    await in_difficulty.step(MEDIATION)
    await give(in_difficulty, "mediator", "alice")
    await agent(in_difficulty, "alice", trained=False)
    await in_difficulty.live()
    assert await to_take(in_difficulty, "mediator") == ["mediation"]


async def test_the_task_a_colleague_took_stays_hers(in_difficulty: Desk) -> None:
    await give(in_difficulty, "referent", "carla")
    await agent(in_difficulty, "alice", trained=False)
    await in_difficulty.live()
    assert await days(in_difficulty, "bruno", "carla") == [[], ["call"]]


async def test_a_task_done_keeps_who_had_it(in_difficulty: Desk) -> None:
    await give(in_difficulty, "referent", "alice", status="done")
    await agent(in_difficulty, "alice", trained=False)
    await in_difficulty.live()
    assert (await task_of(in_difficulty, "referent")).assignee == "alice"


async def test_a_step_repeated_leaves_the_task_with_who_took_it_since(in_difficulty: Desk) -> None:
    desk = in_difficulty
    await agent(desk, "alice", trained=False)
    order = StepOrder(SIREN, "chain", 1_000, desk.now)
    await Stepping(desk.engine, desk.rulebook).take_step(order)
    await give(desk, "referent", "alice")
    assert (await Stepping(desk.engine, desk.rulebook).take_step(order)).repeated
    assert await days(desk, "alice", "bruno") == [["call"], []]


async def test_who_departs_leaves_the_tasks_of_closed_journeys_and_is_not_the_referent_of_a_return(
    in_difficulty: Desk,
) -> None:
    await in_difficulty.reach(datetime(2041, 10, 1, 9, tzinfo=PARIS))
    assert (await in_difficulty.journey()).phase is Phase.CLOSED
    (mine, _) = await days(in_difficulty, "alice", "bruno")
    assert mine
    await agent(in_difficulty, "alice", trained=False)
    assert await to_take(in_difficulty, "referent") == mine
    await in_difficulty.step(Request("back", Ask.EXTEND, {"by": "enterprise"}))
    assert (await in_difficulty.journey()).referent == "bruno"
