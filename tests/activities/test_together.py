"""Steps and deliveries of several journeys at the same moment: one transaction for all, each as if it were alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, text
from temporalio.exceptions import ApplicationError

from activities.contract import StepOrder, StepResult
from activities.patience import ORDINARY
from activities.stepping import Stepping
from db.tables import messages, timeline
from domain.requests import Ask, Request
from tests.activities.counting import counted, heard
from tests.faults.desk import Desk
from tests.faults.examples import REMINDED
from tests.faults.site import HURRIED, delivering_of
from tests.journeys.town import PARIS, SIREN

COPIES = ["120027016", "130005481", "180035024", "180036048", "180070039"]
EVERYBODY = [SIREN, *COPIES]
COPY = """
INSERT INTO {table}
SELECT (jsonb_populate_record(it, CAST(replace(CAST(to_jsonb(it) AS text), :siren, :copy) AS jsonb))).*
FROM {table} it WHERE siren = :siren
"""


@pytest.fixture
async def crowd(desk: Desk) -> Desk:
    """A desk whose enterprise has a reminder due, and others like it."""
    await desk.open()
    await desk.owe()
    await desk.reach_reminder()
    desk.now = desk.now.astimezone(PARIS).replace(hour=18, minute=15)  # each has its own moment of the morning
    async with desk.engine.begin() as connection:
        for copy in COPIES:
            for table in ("enterprises", "journeys"):
                await connection.execute(text(COPY.format(table=table)), {"siren": SIREN, "copy": copy})
    return desk


def order(desk: Desk, siren: str, *requests: Request) -> StepOrder:
    return StepOrder(siren, "crowd", 1, desk.now, requests)


async def step_all(desk: Desk, orders: Sequence[StepOrder]) -> list[Any]:
    stepping = Stepping(desk.engine, desk.rulebook)
    return await asyncio.gather(*(stepping.take_step(it) for it in orders), return_exceptions=True)


async def lines(desk: Desk, siren: str) -> list[tuple[str, ...]]:
    """What the timeline and the ledger say of an enterprise at this moment, without its number."""
    told = select(timeline.c.kind, timeline.c.rule, timeline.c.summary, timeline.c.at).where(timeline.c.siren == siren)
    owed = select(messages.c.rule, messages.c.subject, messages.c.channel, messages.c.status, messages.c.queued_at)
    async with desk.engine.connect() as connection:
        rows = [*await connection.execute(told.where(timeline.c.at == desk.now).order_by(timeline.c.id))]
        rows += await connection.execute(owed.where(messages.c.siren == siren, messages.c.queued_at == desk.now))
    return [tuple(map(str, row)) for row in rows]


async def test_steps_at_the_same_moment_share_three_exchanges_and_decide_what_each_would_alone(crowd: Desk) -> None:
    with heard(crowd.engine) as said:
        results = await step_all(crowd, [order(crowd, siren) for siren in EVERYBODY])
    assert {len(it.deliver) for it in results} == {2}
    assert counted(said) == (3, 1)
    alone = await lines(crowd, SIREN)
    assert alone
    for siren in COPIES:
        assert await lines(crowd, siren) == alone


async def test_a_step_that_fails_does_not_hold_the_others(crowd: Desk) -> None:
    unknown = order(crowd, "999999999")
    first, *others, failed = await step_all(crowd, [*(order(crowd, siren) for siren in EVERYBODY), unknown])
    assert isinstance(failed, ApplicationError)
    assert all(isinstance(it, StepResult) and it.deliver for it in (first, *others))


async def test_a_step_that_answers_a_request_for_a_slot_is_taken_beside_the_others(crowd: Desk) -> None:
    asking = Request("ask-1", Ask.APPOINTMENT, {"kind": "legal_security"})
    orders = [order(crowd, siren, *([asking] if siren == COPIES[1] else [])) for siren in EVERYBODY]
    results = await step_all(crowd, orders)
    assert all(isinstance(it, StepResult) and it.deliver for it in results)
    assert results[2].replies["ask-1"].status < 500


async def test_an_order_repeated_in_the_same_group_is_recognised(crowd: Desk) -> None:
    twice = order(crowd, COPIES[0])
    results = await step_all(crowd, [order(crowd, SIREN), twice, twice])
    assert sorted(it.repeated for it in results) == [False, False, True]
    assert results[1].deliver == results[2].deliver


async def test_letters_of_several_enterprises_are_opened_and_kept_together_and_leave_once(crowd: Desk) -> None:
    results = await step_all(crowd, [order(crowd, siren) for siren in EVERYBODY])
    decided = [(it.deliver, siren) for siren, it in zip(EVERYBODY, results, strict=True)]
    crowd.delivering = delivering_of(crowd.engine, crowd.rulebook, crowd.site.posts(), patience=ORDINARY)
    before = len(crowd.twilio.accepted), len(crowd.sendgrid.accepted)
    with heard(crowd.engine) as said:
        left = await asyncio.gather(*(crowd.deliver_at_once(*it) for it in decided))
    assert {it.messages for it in left} == {()}
    assert len(crowd.twilio.accepted) - before[0] == len(EVERYBODY)
    assert len(crowd.sendgrid.accepted) - before[1] == len(EVERYBODY)
    assert await statuses(crowd) == {"sent"}
    _, transactions = counted(said)
    assert transactions < 2 * len(EVERYBODY)


async def test_two_orders_for_the_same_letters_at_the_same_moment_send_each_once(crowd: Desk) -> None:
    results = await step_all(crowd, [order(crowd, siren) for siren in EVERYBODY])
    decided = [(it.deliver, siren) for siren, it in zip(EVERYBODY, results, strict=True)]
    crowd.delivering = delivering_of(crowd.engine, crowd.rulebook, crowd.site.posts(), patience=ORDINARY)
    before = len(crowd.twilio.accepted), len(crowd.sendgrid.accepted)
    await asyncio.gather(*(crowd.deliver_at_once(*it) for it in decided * 2))
    assert len(crowd.twilio.accepted) - before[0] == len(EVERYBODY)
    assert len(crowd.sendgrid.accepted) - before[1] == len(EVERYBODY)
    assert await statuses(crowd) == {"sent"}


async def test_a_delivery_whose_turn_is_far_comes_back_and_opens_nothing(crowd: Desk) -> None:
    results = await step_all(crowd, [order(crowd, siren) for siren in EVERYBODY])
    crowd.delivering = delivering_of(crowd.engine, crowd.rulebook, crowd.site.posts(), per_second=0.02)
    assert await crowd.deliver(results[0].deliver) is None
    assert await crowd.deliver(results[1].deliver) == HURRIED.longest_backoff
    left = await crowd.deliver_at_once(results[1].deliver, COPIES[0])
    assert left.messages == results[1].deliver
    assert await statuses(crowd) == {"sent", "queued"}


async def test_a_letter_that_cannot_be_written_does_not_hold_those_of_others(crowd: Desk) -> None:
    results = await step_all(crowd, [order(crowd, siren) for siren in EVERYBODY])
    decided = [(it.deliver, siren) for siren, it in zip(EVERYBODY, results, strict=True)]
    crowd.delivering = delivering_of(crowd.engine, crowd.rulebook, crowd.site.posts(), patience=ORDINARY)
    async with crowd.engine.begin() as connection:
        broken = (messages.c.siren == COPIES[2]) & (messages.c.channel == "mail")
        await connection.execute(messages.update().where(broken).values(template="gone"))
    left = await asyncio.gather(*(crowd.deliver_at_once(*it) for it in decided))
    assert [bool(it.messages) for it in left] == [siren == COPIES[2] for siren in EVERYBODY]
    assert await statuses(crowd) == {"sent"}


async def statuses(desk: Desk) -> set[str]:
    query = select(messages.c.status).where(messages.c.template == REMINDED).distinct()
    async with desk.engine.connect() as connection:
        return set(await connection.scalars(query))
