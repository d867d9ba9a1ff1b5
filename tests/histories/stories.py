"""One story for each kind of journey; its histories are stored and replayed at every test run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from domain.requests import Ask
from tests.journeys.cases import request
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Town

OPENED = date(2031, 1, 2)
Story = Callable[[Town], Awaitable[None]]


async def _enrol(town: Town, **account: object) -> None:
    morning = datetime(OPENED.year, OPENED.month, OPENED.day, 7, tzinfo=PARIS)
    await town.skip(morning - await town.server_now(SIREN))
    await town.add_agent("alice.martin", "Alice Martin")
    await town.open(**{"opened_on": OPENED.isoformat(), "first_hire_on": OPENED.isoformat(), **account})


async def quiet(town: Town) -> None:
    await _enrol(town)
    await town.until(date(2032, 7, 10))


async def with_an_accountant_and_quarterly(town: Town) -> None:
    await _enrol(town, accountant={"name": "Cabinet Ledoux", "email": "l@example.org"}, periodicity="quarterly")
    await town.until(date(2031, 9, 1))


async def refused_then_hired(town: Town) -> None:
    await _enrol(town, headcount=0, first_hire_on=None)
    await town.tell("headcount.changed", headcount=1, on="2031-02-01")
    await town.until(date(2031, 3, 1))


async def corrected_and_paid(town: Town) -> None:
    await _enrol(town)
    due = {"account": ACCOUNT, "period": "2031-01", "due_on": "2031-02-17"}
    await town.tell("contribution.due", **due, amount="900.00")
    await town.until(date(2031, 2, 14))
    await town.tell("contribution.due", **due, amount="950.00")
    await town.until_instant(datetime(2031, 2, 17, 9, tzinfo=PARIS))
    await town.tell("payment.received", account=ACCOUNT, period="2031-01", amount="950.00", received_on="2031-02-17")
    await town.until(date(2031, 3, 1))


async def extended_to_the_last_month(town: Town) -> None:
    await _enrol(town)
    for number, day in enumerate((date(2032, 6, 10), date(2032, 12, 10), date(2033, 6, 10))):
        await town.until(day)
        await town.ask_extension(f"ask-{number}")
    await town.until(date(2034, 1, 10))


async def closed_early_then_back(town: Town) -> None:
    await _enrol(town)
    await town.until(date(2031, 5, 2))
    await town.tell("journey.declined")
    await town.until(date(2031, 6, 2))
    await town.ask_extension("back")
    await town.until(date(2031, 7, 2))


async def in_difficulty(town: Town) -> None:
    await _enrol(town)
    debt = {"account": ACCOUNT, "period": "2031-01", "amount": "900.00"}
    await town.until_instant(datetime(2031, 2, 18, 9, tzinfo=PARIS))
    await town.tell("incident.detected", **debt, kind="debit_rejected", due_on="2031-02-17")
    await town.until_instant(datetime(2031, 2, 20, 11, tzinfo=PARIS))
    asked = await request(town, Ask.PLAN, period="2031-01", instalments=INSTALMENTS)
    await town.until_instant(datetime(2031, 2, 21, 10, tzinfo=PARIS))
    await request(town, Ask.DECIDE_PLAN, plan=asked.data["id"], decision="accept", by="alice.martin")
    for rank, day in enumerate((date(2031, 3, 17), date(2031, 4, 15))):
        await town.until(day)
        paid = {**debt, "amount": INSTALMENTS[rank]["amount"], "received_on": day.isoformat()}
        await town.tell("payment.received", **paid)
    await town.until(date(2031, 5, 2))


INSTALMENTS = [{"due_on": "2031-03-17", "amount": "400.00"}, {"due_on": "2031-04-15", "amount": "500.00"}]

STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        quiet,
        with_an_accountant_and_quarterly,
        refused_then_hired,
        corrected_and_paid,
        extended_to_the_last_month,
        closed_early_then_back,
        in_difficulty,
    )
}
