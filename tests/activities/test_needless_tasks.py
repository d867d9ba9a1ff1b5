"""A task that lost its object leaves the agents' queue, in the transaction that knows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from db import worklist
from db.tables import tasks, timeline
from domain.requests import Ask, Request
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, PARIS

THIRDS = [{"due_on": f"2040-0{month}-28", "amount": "300.00"} for month in (4, 5, 6)]


async def all_of(desk: Desk, rule: str) -> list[Any]:
    async with desk.engine.connect() as connection:
        return list((await connection.execute(select(tasks).where(tasks.c.rule == rule))).all())


async def lines(desk: Desk, words: str) -> list[tuple[str, str]]:
    """Kind and rule of the lines of the timeline that begin so."""
    async with desk.engine.connect() as connection:
        rows = await connection.execute(select(timeline).where(timeline.c.summary.startswith(words)))
        return [(row.kind, row.rule) for row in rows]


async def pay(desk: Desk) -> None:
    await desk.tell("payment.received", account=ACCOUNT, period="2040-02", amount="900.00", received_on="2040-03-19")


async def done(desk: Desk, task: UUID) -> None:
    async with desk.engine.begin() as connection:
        await worklist.finish(connection, task, outcome="reached", note=None, by="alice.martin", at=desk.now)
    await desk.absorb()


@pytest.fixture
async def unpaid(desk: Desk) -> Desk:
    """An enterprise to call about 900 euros (INC-3)."""
    await desk.open()
    due = {"account": ACCOUNT, "period": "2040-02", "amount": "900.00", "due_on": "2040-03-15"}
    await desk.tell("contribution.due", **due)
    await desk.reach(datetime(2040, 3, 19, 9, tzinfo=PARIS))
    await desk.tell("incident.detected", kind="unpaid", **due)
    await desk.live()
    (call,) = await all_of(desk, "INC-3")
    assert call.status == "open"
    return desk


async def test_a_payment_closes_the_call_at_once(unpaid: Desk) -> None:
    await pay(unpaid)
    (call,) = await all_of(unpaid, "INC-3")
    assert (call.status, call.outcome, call.note) == ("cancelled", None, "la dette est réglée")
    assert await lines(unpaid, "Tâche sans objet (la dette est réglée) : Appeler") == [("task", "INC-3")]


async def test_what_comes_back_opens_its_task_again(unpaid: Desk) -> None:
    await pay(unpaid)
    again = {"account": ACCOUNT, "period": "2040-02", "amount": "900.00", "due_on": "2040-03-15"}
    await unpaid.tell("incident.detected", kind="debit_rejected", **again)
    (call,) = await all_of(unpaid, "INC-3")
    assert (call.status, call.note, call.done_at) == ("open", None, None)
    assert await lines(unpaid, "Tâche de nouveau utile : Appeler") == [("task", "INC-3")]


async def test_what_an_agent_noted_stays(unpaid: Desk) -> None:
    (call,) = await all_of(unpaid, "INC-3")
    await done(unpaid, call.id)
    await pay(unpaid)
    (call,) = await all_of(unpaid, "INC-3")
    assert (call.outcome, call.done_by) == ("reached", "alice.martin")


async def test_an_answer_leaves_no_task_that_asks_for_it(unpaid: Desk) -> None:
    by = {"by": "enterprise", "note": None}
    plan = Request("plan", Ask.PLAN, {"period": "2040-02", "instalments": THIRDS, **by})
    await unpaid.step(plan)
    (work,) = await all_of(unpaid, "PLN-4")
    assert work.status == "open"
    granted = {
        "plan": work.key.split(":")[1],
        "decision": "accept",
        "instalments": [],
        "note": None,
        "by": "alice.martin",
    }
    await unpaid.step(Request("decide", Ask.DECIDE_PLAN, granted))
    (work,) = await all_of(unpaid, "PLN-4")
    assert (work.status, work.outcome, work.done_by, work.note) == ("done", "done", "alice.martin", None)
