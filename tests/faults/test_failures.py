"""COM-3, COM-1: what the rules do of a failure, a refusal, an opt-out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.state import Health
from tests.fakes.server import Answer
from tests.faults.desk import Desk
from tests.faults.examples import ACCOUNTANT, CONTACT, REMINDED
from tests.faults.sent import extended, reminded, status


async def test_a_hard_bounce_turns_to_the_other_channel_then_to_a_person_and_heals_on_new_contact(desk: Desk) -> None:
    await desk.open()
    await desk.mail_event("bounce", about="welcome", type="bounce")
    await desk.live()
    assert (await desk.journey()).mail is Health.BAD
    assert await status(desk, "sms", "welcome") == "sent"

    await desk.callback("undelivered", 30005, about="welcome")
    await desk.live()
    assert (await desk.journey()).sms is Health.BAD
    assert len(await desk.calls("ENR-5", "contact")) == 1

    await desk.tell("contact.changed", contact={**CONTACT, "phone": "+33639980003"})
    assert ((await desk.journey()).mail, (await desk.journey()).sms) == (Health.OK, Health.OK)


async def test_a_delivery_proves_an_address_that_was_thought_bad(desk: Desk) -> None:
    await reminded(desk)
    await desk.mail_event("bounce", about="welcome", type="bounce")
    assert (await desk.journey()).mail is Health.BAD
    await desk.mail_event("delivered")
    assert (await desk.journey()).mail is Health.OK


@pytest.mark.parametrize("when", ["at once", "by a receipt"])
async def test_a_stop_is_honoured_at_once(desk: Desk, when: str) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    if when == "at once":
        desk.twilio.script(Answer(400, 21610))
    await desk.deliver(ids)
    if when == "by a receipt":
        await desk.callback("undelivered", 21610)
    await desk.live()

    assert (await desk.journey()).sms is Health.REFUSED
    assert await status(desk, "sms", REMINDED) == "failed"
    accepted = len(desk.twilio.accepted)
    await desk.reach(desk.now + timedelta(days=40))
    assert len(desk.twilio.accepted) == accepted


async def test_unsubscribing_stops_what_is_not_owed_and_only_that(desk: Desk) -> None:
    await desk.open()
    await desk.mail_event("unsubscribe", about="welcome")
    await desk.owe()
    await desk.deliver(await desk.decide_reminder())
    assert await status(desk, "sms", REMINDED) == "sent"
    assert await status(desk, "mail", REMINDED) == "dropped"
    assert (await desk.journey()).opt_outs == ("mail:information", "mail:reminder")


@pytest.mark.parametrize("code", [30003, 30008])
async def test_a_handset_out_of_reach_is_tried_once_more_and_not_again(desk: Desk, code: int) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    accepted = len(desk.twilio.accepted)
    desk.twilio.script(Answer(503), Answer(503))
    while await desk.deliver(ids) is not None:
        continue
    for _ in range(3):
        await desk.callback("undelivered", code)
        await desk.live()
    assert len(desk.twilio.accepted) == accepted + 2
    assert await status(desk, "sms", REMINDED) == "failed"


async def test_a_critical_message_that_no_channel_carried_becomes_a_call(desk: Desk) -> None:
    await extended(desk)
    await desk.callback("undelivered", 30007, about="extended")
    await desk.live()
    assert not await desk.calls("COM-3")
    await desk.mail_event("dropped", about="extended", reason="Invalid")
    await desk.live()
    assert len(await desk.calls("COM-3")) == 1


@pytest.mark.parametrize("word", ["bounce", "spamreport", "unsubscribe", "dropped"])
async def test_what_happens_to_the_accountants_copy_is_nothing_to_the_enterprise(desk: Desk, word: str) -> None:
    await reminded(desk, accountant=ACCOUNTANT)
    before = await desk.journey()
    await desk.mail_event(word, to="accountant", type="bounce", reason="Invalid")
    assert await desk.journey() == before
    assert not await desk.calls("COM-3")


async def test_a_copy_refused_by_the_provider_says_nothing_of_the_enterprises_address(desk: Desk) -> None:
    await desk.open(accountant=ACCOUNTANT)
    await desk.owe()
    ids = await desk.decide_reminder()
    copy = await desk.row("mail", REMINDED, "2040-05-15", "accountant")
    desk.sendgrid.script(Answer(400, field="personalizations.0.to.0.email"))
    await desk.deliver([str(copy.id)])
    await desk.deliver(ids)
    assert (await desk.row("mail", REMINDED, "2040-05-15", "accountant")).status == "failed"
    assert (await desk.journey()).mail is Health.OK
    assert await status(desk, "mail", REMINDED) == "sent"
