"""EXT-5: what goes with an enterprise that is transferred to another organisation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import agents, bookings, day, roster, slots, worklist
from db.events import NewEvent, store
from db.roster import Profile
from db.slots import Published
from db.tables import events, tasks
from db.tenancy import as_organisation
from db.worklist import Filters
from domain.cases import Appointment
from domain.requests import Ask, Request
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, PARIS, SIREN

IDF, RHONE = "urssaf-idf", "urssaf-rhone-alpes"
MEDIATION = Request("mediate", Ask.MEDIATION, {"by": "enterprise", "note": None})
MOVED = {"account": ACCOUNT, "to_organisation": RHONE, "on": "2040-03-06"}


@pytest.fixture
async def moving(desk: Desk) -> Desk:
    """A mediation awaits its answer the evening before the enterprise leaves Alice for Lyon's Denis."""
    async with desk.engine.begin() as connection:
        for organisation, agent in ((IDF, "alice"), (RHONE, "denis")):
            await agents.ensure(connection, organisation, agent)
    await desk.open()
    await desk.reach(datetime(2040, 3, 5, 17, tzinfo=PARIS))
    await desk.step(MEDIATION)
    await desk.live()
    await desk.tell("account.transferred", **MOVED)
    return desk


async def move(desk: Desk) -> None:
    desk.now = datetime(2040, 3, 6, 0, 5, tzinfo=PARIS)
    await desk.live()
    assert (await desk.journey()).organisation == RHONE


async def listed(desk: Desk, organisation: str, status: str = "open") -> list[Any]:
    async with as_organisation(desk.engine, organisation) as connection:
        return list(await worklist.page(connection, organisation, Filters(status=status), None, 50))


async def end_mediation(desk: Desk, organisation: str) -> None:
    """As the API and the console do."""
    (row,) = [it for it in await listed(desk, organisation) if it.kind == "mediation"]
    async with as_organisation(desk.engine, organisation) as connection:
        await worklist.finish(connection, row.id, outcome="answered", note=None, by="somebody", at=desk.now)


async def kept(desk: Desk) -> bool:
    """Whether the answer promised to the enterprise was given in time."""
    await desk.absorb()
    await desk.reach(desk.now + timedelta(days=3))
    (promise,) = [it for it in (await desk.journey()).commitments.values() if it.kind == "request"]
    return promise.met_at is not None and promise.breached_at is None


async def test_the_new_organisation_ends_an_open_task_and_no_tick_keeps_its_promise(moving: Desk) -> None:
    await move(moving)
    assert [it.kind for it in await listed(moving, IDF)] == []
    await end_mediation(moving, RHONE)
    assert [it.kind for it in await listed(moving, RHONE) if it.kind == "mediation"] == []
    assert not await kept(moving)  # only an answer in writing does (ASK-2)


async def test_a_task_in_the_hands_of_the_former_referent_is_the_new_ones(moving: Desk) -> None:
    async with moving.engine.begin() as connection:
        await connection.execute(
            update(tasks).where(tasks.c.status == "open").values(queue="referent", assignee="alice")
        )
    await move(moving)
    assert [it.assignee for it in await listed(moving, RHONE) if it.kind == "mediation"] == ["denis"]


async def test_nobody_of_the_new_organisation_has_what_a_colleague_had_taken(moving: Desk) -> None:
    async with moving.engine.begin() as connection:
        await connection.execute(update(tasks).where(tasks.c.status == "open").values(assignee="carla"))
    await move(moving)
    assert [it.assignee for it in await listed(moving, RHONE) if it.kind == "mediation"] == [None]


async def test_the_tasks_done_stay_where_they_were_done(moving: Desk) -> None:
    await end_mediation(moving, IDF)
    await move(moving)
    assert [it.kind for it in await listed(moving, IDF, "done")] == ["mediation"]


async def test_a_running_promise_is_at_risk_in_the_day_of_the_new_organisation(moving: Desk) -> None:
    await move(moving)
    moving.now += timedelta(days=1)
    await moving.live()
    found = []
    for organisation in (IDF, RHONE):
        async with as_organisation(moving.engine, organisation) as connection:
            found.append([row.kind for row in await day.promises(connection, organisation, None)])
    assert found == [[], ["request"]]


async def test_an_answer_that_is_late_stays_in_the_day_until_it_is_given(moving: Desk) -> None:
    await moving.reach(moving.now + timedelta(days=4))
    (promise,) = [it for it in (await moving.journey()).commitments.values() if it.kind == "request"]
    assert promise.breached_at
    async with as_organisation(moving.engine, RHONE) as connection:
        assert [row.kind for row in await day.promises(connection, RHONE, None)] == ["request"]


async def status_of(desk: Desk, kind: str) -> str | None:
    async with desk.engine.connect() as connection:
        return await connection.scalar(select(events.c.status).where(events.c.type == kind))


async def test_what_was_stored_before_the_transfer_is_applied_after_it(moving: Desk) -> None:
    await moving.pay()
    await move(moving)
    await moving.absorb()
    assert await status_of(moving, "payment.received") == "applied"


async def test_a_task_ended_just_before_the_transfer_keeps_no_promise_by_its_tick(moving: Desk) -> None:
    await end_mediation(moving, IDF)
    await move(moving)
    assert await status_of(moving, "task.done") == "applied"
    assert not await kept(moving)


async def test_a_task_that_the_former_organisation_ends_after_the_transfer_is_nothing_to_the_journey(
    moving: Desk,
) -> None:
    async with moving.engine.connect() as connection:
        mine = select(tasks.c.key).where(tasks.c.kind == "mediation")
        key = await connection.scalar(mine)
    await move(moving)
    late = NewEvent("parcours/tasks", "x", "task.done", SIREN, IDF, moving.now, {"key": key, "outcome": "answered"})
    async with moving.engine.begin() as connection:
        await store(connection, [late])
    await moving.absorb()
    assert await status_of(moving, "task.done") == "refused"
    assert not await kept(moving)


async def test_what_the_former_organisation_says_of_its_agents_is_nothing_to_a_journey_that_left(moving: Desk) -> None:
    await moving.store("referent.leaving", agent="alice", reason="departure")
    await move(moving)
    await moving.absorb()
    assert await status_of(moving, "referent.leaving") == "refused"


async def test_an_organisation_that_never_had_the_enterprise_is_not_heard(desk: Desk) -> None:
    await desk.store("headcount.changed", sender=RHONE, headcount=12, on="2040-03-01")
    await desk.open()
    assert await status_of(desk, "headcount.changed") == "refused"


async def publish(desk: Desk, organisation: str, agent: str, hour: int) -> None:
    """As the agent's agenda does."""
    slot = Published(datetime(2040, 3, 20, hour, tzinfo=PARIS), 45, ("phone",))
    async with as_organisation(desk.engine, organisation) as connection:
        await slots.publish(connection, organisation, agent, [slot], datetime.now(UTC))


async def initial(desk: Desk) -> Appointment:
    (found,) = [it for it in (await desk.journey()).appointments.values() if it.kind == "initial"]
    return found


async def look(desk: Desk, hour: int) -> bool:
    """Whether the offer has slots to choose from at an hour of the first day at the new organisation."""
    await desk.absorb()
    await desk.reach(datetime(2040, 3, 6, hour, tzinfo=PARIS))
    await desk.live()
    return not (await initial(desk)).starved


async def test_an_offer_that_waits_is_served_by_the_slots_of_the_new_organisation(moving: Desk) -> None:
    await move(moving)
    await publish(moving, IDF, "alice", 10)
    assert not await look(moving, 9)
    await publish(moving, RHONE, "denis", 10)
    assert await look(moving, 10)


async def test_an_offer_that_waits_looks_among_the_slots_that_the_new_organisation_has(moving: Desk) -> None:
    await publish(moving, RHONE, "denis", 10)
    await move(moving)
    assert await look(moving, 9)


async def test_the_absence_of_a_former_agent_is_heard_by_the_journey_that_left(moving: Desk) -> None:
    await publish(moving, IDF, "alice", 10)
    await moving.absorb()
    await moving.live()
    offered = await initial(moving)
    slot = slots.slot_id(IDF, "alice", datetime(2040, 3, 20, 10, tzinfo=PARIS))
    await moving.step(Request("book", Ask.BOOK, {"appointment": offered.id, "slot": slot, "by": "enterprise"}))
    await move(moving)
    away = Profile("Alice", None, None, True, [{"from": "2040-03-20", "to": "2040-03-20"}])
    async with as_organisation(moving.engine, IDF) as connection:
        await roster.write(connection, IDF, "alice", away, datetime.now(UTC))
        await bookings.attend(connection, IDF, "alice", "Europe/Paris", datetime.now(UTC))
    await moving.absorb()
    assert (await initial(moving)).unattended_since
