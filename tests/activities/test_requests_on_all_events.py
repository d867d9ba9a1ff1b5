"""A request is answered on all events accepted before it, though no relay ever ran."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from activities.contract import StepOrder, StepResult
from activities.stepping import Stepping
from db.tables import events
from domain.requests import Ask, Reply, Request
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, SIREN

MONTHS = [f"204{1 + number // 12}-{1 + number % 12:02}" for number in range(20)]


async def replies(desk: Desk, number: int, *requests: Request) -> Mapping[str, Reply]:
    order = StepOrder(SIREN, "breath", number, desk.now, requests)
    result: StepResult = await Stepping(desk.engine, desk.rulebook).take_step(order)
    return result.replies


def plan(period: str, *amounts: Decimal) -> Request:
    drawn = [{"due_on": f"2040-0{5 + rank}-15", "amount": str(it)} for rank, it in enumerate(amounts)]
    data = {"period": period, "instalments": drawn, "note": None, "by": "enterprise"}
    return Request(f"plan-{period}-{sum(amounts)}", Ask.PLAN, data)


async def test_of_twenty_plans_asked_in_the_breath_after_their_debt_none_is_taken_that_does_not_add_up(
    desk: Desk,
) -> None:
    await desk.open()
    for number, period in enumerate(MONTHS):
        debt = Decimal(600 + number)
        await desk.store("contribution.due", account=ACCOUNT, period=period, due_on="2040-04-16", amount=str(debt))
        wrong, right = plan(period, Decimal(300), Decimal(299)), plan(period, Decimal(300), debt - 300)
        said = await replies(desk, number + 1, wrong, right)
        assert [said[it.id].status for it in (wrong, right)] == [409, 201]
    assert [it.debt for it in (await desk.journey()).plans.values()] == [600 + number for number in range(20)]


async def test_what_a_request_was_answered_on_is_applied_once(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    await desk.pay()
    refused = await replies(desk, 1, plan("2040-04", Decimal("1240.50")))
    assert [it.status for it in refused.values()] == [409]
    async with desk.engine.connect() as connection:
        assert set(await connection.scalars(select(events.c.status))) == {"applied"}
