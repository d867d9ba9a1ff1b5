"""Nothing runs across a J-3, for an hour or for days, over the change to summer time.

Due on Tuesday 1 April 2031: J-3 is a Saturday, the reminder is for Friday 28 March; the clocks change on Sunday. The
time-skipping server stands still while a task waits for a worker: there, it is the due date that is stated meanwhile.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.faults.desk import Desk
from tests.faults.examples import ACCOUNTANT
from tests.faults.plant import Plant, eventually
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Sent

FRIDAY = datetime(2031, 3, 28, 8, tzinfo=PARIS)
DUE = {"account": ACCOUNT, "period": "2031-03", "due_on": "2031-04-01", "amount": "310.00"}


async def away_until(plant: Plant, back: datetime) -> None:
    """An ordinary journey sleeps; from Friday before the window opens, nothing runs until then."""
    opening = datetime(2031, 3, 3, 7, tzinfo=PARIS)
    await plant.skip(opening - await plant.server_now(SIREN))
    await plant.parts.start()
    await plant.open(opened_on="2031-03-03", first_hire_on="2031-03-03", accountant=ACCOUNTANT)
    await plant.until_instant(FRIDAY)
    await plant.parts.stop()
    await plant.store("contribution.due", **DUE)
    await plant.skip(back - await plant.server_now(SIREN))
    before = (await plant.stored()).step
    await plant.parts.start()

    async def stepped() -> bool:
        return (await plant.stored()).step > before

    await eventually(stepped)
    await plant.until(back.date() + timedelta(days=2))


async def reminders(plant: Plant) -> list[Sent]:
    sent = await plant.messages()
    return [message for message in sent if (message.rule, message.recipient) == ("REM-2", "enterprise")]


@pytest.mark.parametrize(
    ("back", "left_on"),
    [
        (FRIDAY + timedelta(hours=1), date(2031, 3, 28)),
        (FRIDAY + timedelta(days=1), date(2031, 3, 31)),
        (datetime(2031, 4, 1, 8, tzinfo=PARIS), date(2031, 4, 1)),
    ],
    ids=["an hour", "a day", "four days"],
)
async def test_a_reminder_still_useful_leaves_once_with_a_text_that_fits(
    skipped_plant: Plant, back: datetime, left_on: date
) -> None:
    plant = skipped_plant
    await away_until(plant, back)

    assert [(m.channel, m.status, m.on) for m in await reminders(plant)] == [
        ("sms", "sent", left_on),
        ("mail", "sent", left_on),
    ]
    said = [sms["body"] for sms in plant.twilio.accepted if "310,00 EUR" in sms["body"]]
    assert len(said) == 1
    days = (date(2031, 4, 1) - left_on).days
    assert {4: "dans 4 jours", 1: "demain", 0: "aujourd'hui"}[days] in said[0]


async def test_a_reminder_past_its_due_date_is_skipped_aloud_and_becomes_a_call(skipped_plant: Plant) -> None:
    plant = skipped_plant
    await away_until(plant, datetime(2031, 4, 2, 8, tzinfo=PARIS))

    assert await reminders(plant) == []
    assert len([line for line in await plant.timeline() if (line.rule, line.kind) == ("REM-2", "skipped")]) == 1
    [call] = [task for task in await plant.tasks() if task.rule == "REM-2"]
    assert call.kind == "call"
    assert call.due_at.astimezone(PARIS) == datetime(2031, 4, 3, 18, 30, tzinfo=PARIS)


async def test_months_of_absence_are_told_due_date_by_due_date_and_each_becomes_a_call(desk: Desk) -> None:
    await desk.open(accountant=ACCOUNTANT)
    desk.now += timedelta(days=122)
    await desk.live()

    skipped = [line for line in await desk.summaries("REM-2") if "trop tardif" in line]
    months = [line.partition("échéance ")[2].partition(" du ")[0] for line in skipped]
    assert months == ["de mars 2040", "d'avril 2040", "de mai 2040"]
    assert len(await desk.calls("REM-2")) == 3
    await desk.live()
    assert len(await desk.calls("REM-2")) == 3


async def test_a_worker_absent_when_a_timer_fires_takes_the_step_when_it_is_back(hurried_plant: Plant) -> None:
    plant = hurried_plant
    await plant.parts.start()
    await plant.open(opened_on=datetime.now(PARIS).date().isoformat(), accountant=ACCOUNTANT)
    wake = (await plant.stored()).wake_at
    assert wake is not None
    await plant.skip(wake - datetime.now(UTC) - timedelta(seconds=4))
    await plant.parts.stop()
    lines = len(await plant.timeline())
    await asyncio.sleep(4)

    await plant.parts.start()

    async def told() -> bool:
        return len(await plant.timeline()) > lines

    await eventually(told)
    await plant.quiet()
    assert len({(m.rule, m.channel, m.recipient, m.text) for m in await plant.messages()}) == len(
        await plant.messages()
    )
