"""Journeys lived from end to end on Temporal's time-skipping server, each message and date asserted.

The dates are far enough ahead to stay in the future of the server's clock for years.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from temporalio.client import WorkflowExecutionStatus

from domain.state import Phase
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Sent, Town

OPENED = date(2030, 8, 31)


async def start(town: Town, opened_on: date = OPENED, days_later: int = 2, **account: object) -> None:
    """Bring the server's clock to the morning after the opening, then announce the account."""
    morning = datetime(opened_on.year, opened_on.month, opened_on.day, 7, tzinfo=PARIS) + timedelta(days=days_later)
    await town.skip(morning - await town.server_now(SIREN))
    await town.add_agent("alice.martin", "Alice Martin")
    await town.open(opened_on=opened_on.isoformat(), **account)


def on_dates(messages: Sequence[Sent], *rules: str) -> list[tuple[str, str, str]]:
    """(date, rule, channel) of the messages of some rules, in the order they left."""
    chosen = [message for message in messages if not rules or message.rule in rules]
    return [(message.on.isoformat(), message.rule, message.channel) for message in chosen]


def both(day: str, rule: str) -> list[tuple[str, str, str]]:
    """The same news by SMS and by mail."""
    return [(day, rule, "sms"), (day, rule, "mail")]


async def extend_on(town: Town, day: date, request: str) -> None:
    await town.until(day)
    reply = await town.ask_extension(request)
    assert reply.status == 201, reply.detail


async def test_a_journey_opened_on_31_august_lives_36_months_when_extended_three_times(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await extend_on(town, date(2032, 2, 10), "first")
    await extend_on(town, date(2032, 8, 2), "second")
    await extend_on(town, date(2033, 2, 1), "third")
    await town.until(date(2033, 8, 15))
    refused = await town.ask_extension("fourth")
    assert (refused.status, refused.rule) == (409, "EXT-2")
    await town.until(date(2033, 9, 2))

    messages = await town.messages()
    reminders = sorted({message.on.isoformat() for message in messages if message.rule == "REM-2"})
    assert reminders == REMINDERS_OF_36_MONTHS
    assert all(
        m.at.time().isoformat() >= "08:30" and m.at.time().isoformat() < "18:30" for m in messages if m.rule == "REM-2"
    )
    assert on_dates(messages, "ENR-4", "ENR-5") == [("2030-09-02", "ENR-4", "mail"), ("2030-09-12", "ENR-5", "sms")]
    assert on_dates(messages, "REG-3") == [
        ("2031-09-01", "REG-3", "mail"),
        ("2032-08-31", "REG-3", "mail"),
        ("2033-08-31", "REG-3", "mail"),
    ]
    assert on_dates(messages, "EXT-1") == [
        # 17 months after the opening is a Saturday: the notice opens that day, its message leaves on Monday.
        *both("2032-02-02", "EXT-1"),
        *both("2032-08-02", "EXT-1"),
        *both("2033-01-31", "EXT-1"),
        *both("2033-08-01", "EXT-1"),
    ]
    assert on_dates(messages, "EXT-2") == [
        *both("2032-02-10", "EXT-2"),
        *both("2032-08-02", "EXT-2"),
        *both("2033-02-01", "EXT-2"),
    ]
    farewell = sorted(m.template for m in messages if m.on == date(2033, 8, 31))
    assert farewell == ["closed", "closed", "yearly_statement"]
    assert {m.status for m in messages} == {"delivered"}

    journey = await town.journey()
    assert (journey.phase, journey.extensions, journey.close_reason) == (Phase.CLOSED, 3, "term")
    described = await town.handle().describe()
    assert described.status is WorkflowExecutionStatus.COMPLETED
    assert [task.kind for task in await town.tasks() if task.rule == "EXT-3"] == ["handover"]


REMINDERS_OF_36_MONTHS = [
    # The 15th is a Sunday, due on Monday 16: three days before is Friday the 13th.
    "2030-09-13",
    "2030-10-11",
    "2030-11-12",
    "2030-12-13",
    "2031-01-10",
    "2031-02-14",
    "2031-03-14",
    # Due on Tuesday 15, the day after Easter Monday: Saturday 12 gives way to Friday.
    "2031-04-11",
    "2031-05-12",
    "2031-06-13",
    "2031-07-11",
    "2031-08-14",
    "2031-09-12",
    "2031-10-10",
    "2031-11-14",
    "2031-12-12",
    "2032-01-12",
    "2032-02-13",
    "2032-03-12",
    "2032-04-12",
    # Saturday 15 May, then Whit Monday: due on Tuesday 18, Saturday 15 gives way to Friday.
    "2032-05-14",
    "2032-06-11",
    "2032-07-12",
    "2032-08-13",
    "2032-09-10",
    "2032-10-12",
    "2032-11-12",
    "2032-12-10",
    "2033-01-14",
    "2033-02-11",
    "2033-03-11",
    "2033-04-12",
    "2033-05-13",
    "2033-06-10",
    "2033-07-12",
    "2033-08-12",
]


async def test_a_journey_opened_on_29_february_with_an_accountant_closes_by_itself(skipped_town: Town) -> None:
    town = skipped_town
    accountant = {"name": "Cabinet Ledoux", "email": "ledoux@example.org", "phone": None}
    await start(town, date(2032, 2, 29), days_later=1, first_hire_on="2032-02-29", accountant=accountant)
    await town.until(date(2033, 9, 15))

    messages = await town.messages()
    assert on_dates([m for m in messages if m.recipient == "enterprise"], "EXT-1", "EXT-3") == [
        *both("2033-07-29", "EXT-1"),
        *both("2033-08-16", "EXT-3"),
        *both("2033-08-29", "EXT-3"),
    ]
    letters = {(m.rule, m.template, m.on) for m in messages if m.recipient == "enterprise" and m.channel == "mail"}
    copies = {(m.rule, m.template, m.on) for m in messages if m.recipient == "accountant"}
    assert copies == letters
    assert not [task for task in await town.tasks() if task.rule == "REM-5"]
    assert (await town.journey()).close_reason == "term"

    resumed = await town.ask_extension("back")
    assert (resumed.status, resumed.data["ends_on"]) == (201, "2034-03-15")
    await town.until(date(2034, 3, 20))
    assert (await town.journey()).phase is Phase.CLOSED


async def test_a_quarterly_payer_is_reminded_of_each_payment_and_each_monthly_declaration(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, date(2031, 1, 2), days_later=1, periodicity="quarterly", first_hire_on="2031-01-02")
    await town.until(date(2031, 7, 16))

    said = {m.on.isoformat(): m.text for m in await town.messages() if m.rule == "REM-2" and m.channel == "sms"}
    assert list(said) == ["2031-02-14", "2031-03-14", "2031-04-11", "2031-05-12", "2031-06-13", "2031-07-11"]
    assert "trimestre 2031" in said["2031-04-11"]
    assert "trimestre 2031" in said["2031-07-11"]
    assert "avril 2031" in said["2031-05-12"]


async def test_amounts_known_unknown_corrected_or_paid_the_same_morning_are_told_as_they_are(
    skipped_town: Town,
) -> None:
    town = skipped_town
    await start(town, date(2031, 1, 2), days_later=1, first_hire_on="2031-01-02")

    async def due(period: str, due_on: str, amount: str | None) -> None:
        await town.tell("contribution.due", account=ACCOUNT, period=period, due_on=due_on, amount=amount)

    await due("2031-01", "2031-02-17", "1240.50")
    await due("2031-02", "2031-03-17", None)
    await town.until(date(2031, 3, 14))
    await due("2031-03", "2031-04-15", "900.00")
    await town.until(date(2031, 4, 12))
    await due("2031-03", "2031-04-15", "950.00")
    await town.until(date(2031, 4, 14))
    await town.until_instant(datetime(2031, 4, 15, 12, tzinfo=PARIS))
    await due("2031-04", "2031-05-15", "800.00")
    await town.until_instant(datetime(2031, 5, 12, 8, tzinfo=PARIS))
    await town.tell("payment.received", account=ACCOUNT, period="2031-04", amount="800.00", received_on="2031-05-12")
    await town.until(date(2031, 5, 16))

    sms = {(m.on.isoformat(), m.rule): m.text for m in await town.messages() if m.channel == "sms"}
    assert "1240,50 EUR" in sms["2031-02-14", "REM-2"]
    assert "EUR" not in sms["2031-03-14", "REM-2"]
    assert "900,00 EUR" in sms["2031-04-11", "REM-2"]
    # Corrected on a Saturday evening: told when the window opens again, after Easter Monday.
    assert "950,00 EUR" in sms["2031-04-15", "REM-4"]
    assert ("2031-05-12", "REM-2") not in sms
    skipped = [line.summary for line in await town.timeline() if line.rule == "REM-3" and line.kind == "skipped"]
    assert skipped == ["Pas de rappel pour avril 2031 : déjà payé"]
