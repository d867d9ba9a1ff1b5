"""REM-6: what changed between the decision and the second a message leaves stops it, or changes what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.faults.desk import Desk
from tests.faults.examples import ACCOUNTANT, CONTACT
from tests.journeys.town import ACCOUNT

Change = Callable[[Desk], Awaitable[None]]


async def paid(desk: Desk) -> None:
    await desk.pay()


async def corrected_date(desk: Desk) -> None:
    await desk.store("contribution.due", account=ACCOUNT, period="2040-04", due_on="2040-05-16", amount="1240.50")


async def corrected_amount(desk: Desk) -> None:
    await desk.store("contribution.due", account=ACCOUNT, period="2040-04", due_on="2040-05-15", amount="900.00")


async def opted_out(desk: Desk) -> None:
    await desk.store("preferences.chosen", opt_outs=["sms:reminder", "mail:reminder"])


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "stored only"])
@pytest.mark.parametrize("change", [paid, corrected_date, corrected_amount, opted_out])
async def test_what_changed_since_the_decision_stops_the_reminder(desk: Desk, change: Change, applied: bool) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await change(desk)
    if applied:
        await desk.absorb()
    accepted = len(desk.twilio.accepted), len(desk.sendgrid.accepted)
    assert await desk.deliver(ids) is None

    assert (len(desk.twilio.accepted), len(desk.sendgrid.accepted)) == accepted
    rows = [await desk.row(channel, "due_reminder", "2040-05-15") for channel in ("sms", "mail")]
    assert [row.status for row in rows] == ["dropped", "dropped"]
    assert [line for line in await desk.summaries("REM-2") if rows[0].reason in line]


async def test_a_correction_that_stopped_a_reminder_is_told_in_its_place(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await corrected_amount(desk)
    await desk.deliver(ids)
    await desk.absorb()
    await desk.live()
    assert "900,00 EUR" in desk.twilio.accepted[-1]["body"]


async def test_an_amount_learnt_meanwhile_is_in_the_reminder(desk: Desk) -> None:
    await desk.open()
    await desk.owe(amount=None)
    ids = await desk.decide_reminder()
    await desk.owe(amount="77.00")
    await desk.deliver(ids)
    assert "77,00 EUR" in desk.twilio.accepted[-1]["body"]


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "stored only"])
async def test_a_message_goes_to_the_address_known_when_it_leaves(desk: Desk, applied: bool) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await desk.store("contact.changed", contact={**CONTACT, "phone": "+33639980002", "email": "zoe@new.example"})
    if applied:
        await desk.absorb()
    await desk.deliver(ids)
    assert desk.twilio.accepted[-1]["to"] == "+33639980002"
    assert desk.sendgrid.accepted[-1]["personalizations"][0]["to"][0]["email"] == "zoe@new.example"


async def test_a_dismissed_accountant_gets_no_copy(desk: Desk) -> None:
    await desk.open(accountant=ACCOUNTANT)
    await desk.owe()
    ids = await desk.decide_reminder()
    await desk.store("accountant.dismissed")
    await desk.deliver(ids)
    assert (await desk.row("mail", "due_reminder", "2040-05-15", "accountant")).status == "dropped"
    assert (await desk.row("mail", "due_reminder", "2040-05-15")).status == "sent"


async def test_another_organisation_cannot_stop_a_message(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await desk.store(
        "payment.received",
        sender="urssaf-rhone-alpes",
        account=ACCOUNT,
        period="2040-04",
        amount="1240.50",
        received_on="2040-05-11",
    )
    await desk.deliver(ids)
    assert (await desk.row("sms", "due_reminder", "2040-05-15")).status == "sent"


async def test_a_reminder_held_back_past_its_due_date_becomes_a_call(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    calls = await desk.calls("COM-3")
    desk.now += timedelta(days=6)
    await desk.deliver(ids)
    await desk.live()

    rows = [await desk.row(channel, "due_reminder", "2040-05-15") for channel in ("sms", "mail")]
    assert [(row.status, row.reason) for row in rows] == [("dropped", "trop tard pour être utile")] * 2
    assert len(await desk.calls("COM-3")) == len(calls) + 1


async def test_a_letter_that_cannot_be_written_does_not_hold_back_the_others(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await desk.break_template("sms", "due_reminder")
    with pytest.raises(LookupError):
        await desk.deliver(ids)
    assert (await desk.row("mail", "due_reminder", "2040-05-15")).status == "sent"
