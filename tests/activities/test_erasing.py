"""An enterprise erased while its letters leave, its steps are taken, its recovery is held."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from activities import outcomes
from activities.contract import StepOrder
from activities.erasing import erase_enterprise
from activities.stepping import Stepping
from db import journeys
from db.tables import agents, events, messages, outgoing, tasks
from domain.requests import Ask, Request
from domain.state import Phase
from notifications.ports import Sent
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, SIREN


async def erase(desk: Desk) -> None:
    async with desk.engine.begin() as connection:
        await erase_enterprise(connection, desk.rulebook, SIREN)


async def rows(desk: Desk, table: Any, *where: Any) -> list[Any]:
    async with desk.engine.connect() as connection:
        return list((await connection.execute(select(table).where(*where))).all())


async def words_left(desk: Desk) -> int:
    written = messages.c.text.is_not(None) | messages.c.to.is_not(None) | messages.c.title.is_not(None)
    async with desk.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).where(written)) or 0)


async def test_letters_that_wait_do_not_leave(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    before = len(desk.twilio.accepted)
    await erase(desk)
    await desk.deliver(ids)
    assert len(desk.twilio.accepted) == before
    assert await words_left(desk) == 0
    assert {row.status for row in await rows(desk, messages, messages.c.id.in_(map(UUID, ids)))} == {"dropped"}


async def test_a_delivery_under_way_writes_nothing_back(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    first, second = map(UUID, (await desk.decide_reminder())[:2])
    async with desk.engine.begin() as connection:
        leaving = {"status": "sending", "attempts": 1, "text": "Bonjour Zoé", "to": "zoe@example.org"}
        both = messages.c.id.in_([first, second])
        await connection.execute(update(messages).where(both).values(**leaving, attempted_at=func.now()))
    await erase(desk)
    await outcomes.put_back(desk.engine, first, 1, "no answer")
    await outcomes.sent(desk.engine, desk.rulebook, {second: Sent("theirs", "sent")})
    statuses = {row.id: row.status for row in await rows(desk, messages, messages.c.id.in_([first, second]))}
    assert statuses == {first: "unknown", second: "sent"}
    await outcomes.never_known(desk.engine, desk.rulebook, first)
    assert await words_left(desk) == 0


@pytest.mark.parametrize("letters_first", [True, False])
async def test_a_delivery_and_an_erasure_at_the_same_moment(desk: Desk, letters_first: bool) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    together = [desk.deliver(ids), erase(desk)]
    await asyncio.gather(*(together if letters_first else reversed(together)))
    assert await words_left(desk) == 0
    assert not await rows(desk, messages, messages.c.status.in_(("queued", "sending")))


async def test_the_journey_is_over_and_says_so_to_who_asks(desk: Desk) -> None:
    await desk.open()
    await erase(desk)
    order = StepOrder(SIREN, "chain", 99, desk.now, (Request("late", Ask.MEDIATION, {"note": None, "by": "x"}),))
    result = await Stepping(desk.engine, desk.rulebook).take_step(order)
    assert (result.wake_at, result.deliver, result.replies["late"].status) == (None, (), 409)
    async with desk.engine.connect() as connection:
        stored = await journeys.read(connection, SIREN)
    assert stored
    assert (stored.journey.phase, stored.journey.referent, stored.wake_at) == (Phase.CLOSED, None, None)
    assert stored.nudge > stored.nudged


async def test_recovery_is_held_no_more_and_nobody_has_its_tasks(desk: Desk) -> None:
    await desk.open()
    due = {"account": ACCOUNT, "period": "2040-02", "amount": "900.00", "due_on": "2040-03-15"}
    await desk.tell("incident.detected", kind="unpaid", **due)
    drawn = [{"due_on": "2040-09-28", "amount": "900.00"}]
    asked = {"period": "2040-02", "instalments": drawn, "by": "enterprise", "note": None}
    await desk.step(Request("plan", Ask.PLAN, asked))
    await desk.live()
    assert [it.type for it in await rows(desk, outgoing)] == ["recovery.held"]
    await erase(desk)
    released = [it for it in await rows(desk, outgoing) if it.type == "recovery.released"]
    assert [(it.data["period"], it.data["reason"]) for it in released] == [("2040-02", "erased")]
    assert not await rows(desk, tasks, tasks.c.status == "open")
    assert {row.weight for row in await rows(desk, agents)} <= {0}


async def test_an_event_that_waits_is_refused_and_its_words_forgotten(desk: Desk) -> None:
    await desk.open()
    await desk.store("contact.changed", contact={"name": "Zoé Lefèvre", "email": "z@example.org"})
    await erase(desk)
    await desk.tell("contact.changed", contact={"name": "Zoé Lefèvre", "email": "z@example.org"})
    assert {(it.status, str(it.data)) for it in (await rows(desk, events))[-2:]} == {("refused", "{}")}


async def test_an_erasure_done_twice_changes_nothing_more(desk: Desk) -> None:
    await desk.open()
    await erase(desk)
    async with desk.engine.begin() as connection:
        report = await erase_enterprise(connection, desk.rulebook, SIREN)
    assert sum(report.erased.values()) == 0
