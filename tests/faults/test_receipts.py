"""Receipts: repeated, out of order, too early, contradicting, about nothing we know; and what the rules do of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities import outcomes
from domain.state import Health
from notifications.ports import Receipt, Sent
from notifications.twilio.receipts import parse_receipt
from tests.fakes.server import Answer, Hang
from tests.faults.desk import ACCOUNTANT, CONTACT, REMINDED, Desk, extension, subject_of
from tests.faults.plant import notice_is_open_since


async def reminded(desk: Desk, **account: Any) -> None:
    """A reminder sent by SMS and mail."""
    await desk.open(**account)
    await desk.owe()
    await desk.deliver(await desk.decide_reminder())


async def extended(desk: Desk, **account: Any) -> None:
    """A confirmation sent by SMS and mail: critical, and at once."""
    await desk.open(opened_on=notice_is_open_since(desk.now.date()).isoformat(), **account)
    await desk.deliver(await desk.step(extension()))


async def status(desk: Desk, channel: str, template: str) -> str:
    row = await desk.row(channel, template, subject_of(template))
    return str(row.status)


async def test_a_receipt_repeated_counts_once(desk: Desk) -> None:
    await reminded(desk)
    for _ in range(3):
        await desk.callback("undelivered", 30005)
    assert len([line for line in await desk.summaries("COM-3") if "remis par SMS" in line]) == 1


@pytest.mark.parametrize(("first", "then"), [("delivered", "undelivered"), ("undelivered", "delivered")])
async def test_the_first_final_word_stands(desk: Desk, first: str, then: str) -> None:
    await reminded(desk)
    await desk.callback(first)
    await desk.callback(then)
    await desk.callback("sent")
    assert await status(desk, "sms", REMINDED) == ("delivered" if first == "delivered" else "failed")


async def test_a_receipt_about_nothing_we_know_is_kept_and_changes_nothing(desk: Desk) -> None:
    await reminded(desk)
    await desk.record(Receipt("twilio", "SMunknown:failed", "SMunknown", None, "failed", "30005", contact_bad=True))
    assert (await desk.journey()).sms is Health.OK
    assert await status(desk, "sms", REMINDED) == "sent"


async def test_a_receipt_before_the_answer_is_applied_with_it(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    desk.impatient(timedelta(seconds=0.3))
    ids = await desk.decide_reminder()
    desk.twilio.script(Hang(accept=True))
    await desk.deliver(ids)
    assert await status(desk, "sms", REMINDED) == "unknown"
    await desk.callback("undelivered", 30005)
    await desk.deliver(ids)

    assert await status(desk, "sms", REMINDED) == "failed"
    assert (await desk.journey()).sms is Health.BAD


async def test_what_asking_finds_undelivered_is_a_failure_like_any_other(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    desk.impatient(timedelta(seconds=0.3))
    ids = await desk.decide_reminder()
    desk.twilio.script(Hang(accept=True))
    await desk.deliver(ids)
    desk.twilio.accepted[-1]["status"] = "undelivered"  # the last it took, and said nothing of
    await desk.deliver(ids)

    assert await status(desk, "sms", REMINDED) == "failed"
    assert [line for line in await desk.summaries("COM-3") if "remis par SMS" in line]


async def test_a_receipt_that_overtakes_the_answer_is_not_undone_by_it(desk: Desk) -> None:
    await reminded(desk)
    await desk.mail_event("delivered")
    row = await desk.row("mail", REMINDED, "2040-05-15")
    await outcomes.sent(desk.engine, desk.rulebook, row.id, Sent(row.provider_id, "sent"))
    assert await status(desk, "mail", REMINDED) == "delivered"


async def test_a_receipt_that_arrives_while_the_answer_is_being_kept_is_never_missed(desk: Desk) -> None:
    await reminded(desk)
    row = await desk.row("sms", REMINDED, "2040-05-15")
    for number in range(40):
        sid = f"SM{number:032x}"
        await desk.change(row.id, status="sending", provider_id=None)
        receipt = parse_receipt(desk.twilio.form(sid, "delivered"))
        assert receipt is not None
        await asyncio.gather(outcomes.sent(desk.engine, desk.rulebook, row.id, Sent(sid, "sent")), desk.record(receipt))
        assert await status(desk, "sms", REMINDED) == "delivered"


async def test_a_mail_in_doubt_is_proved_by_its_receipt(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    desk.impatient(timedelta(seconds=0.3))
    ids = await desk.decide_reminder()
    desk.sendgrid.script(Hang(accept=True))
    await desk.deliver(ids)
    assert await status(desk, "mail", REMINDED) == "unknown"
    await desk.mail_event("delivered")
    await desk.deliver(ids)
    assert await status(desk, "mail", REMINDED) == "delivered"


async def test_a_mail_nobody_speaks_of_stays_unknown_and_is_mentioned_once(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    desk.impatient(timedelta(seconds=0.3))
    ids = await desk.decide_reminder()
    desk.sendgrid.script(Hang(accept=False))
    await desk.deliver(ids)
    await asyncio.sleep(2)
    for _ in range(3):
        assert await desk.deliver(ids) is None
    assert await status(desk, "mail", REMINDED) == "unknown"
    assert len([line for line in await desk.summaries("COM-3") if "remis par mail" in line]) == 1


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


async def test_late_words_on_the_first_attempt_do_not_stop_the_second(desk: Desk) -> None:
    await reminded(desk)
    await desk.mail_event("bounce", type="blocked")
    again = await desk.step()
    assert await status(desk, "mail", REMINDED) == "queued"
    await desk.mail_event("deferred")
    await desk.mail_event("bounce", type="blocked")
    sent = len(desk.sendgrid.accepted)
    await desk.deliver(again)
    assert len(desk.sendgrid.accepted) == sent + 1


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
    await desk.deliver([str(copy.id), *ids])
    assert (await desk.row("mail", REMINDED, "2040-05-15", "accountant")).status == "failed"
    assert (await desk.journey()).mail is Health.OK
    assert await status(desk, "mail", REMINDED) == "sent"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(["queued", "sent", "delivered"]), max_size=6))
async def test_in_whatever_order_receipts_come_delivered_is_the_end(desk: Desk, words: list[str]) -> None:
    if not desk.twilio.accepted:
        await reminded(desk)
    row = await desk.row("sms", REMINDED, "2040-05-15")
    await desk.forget_receipts(row.id)
    for word in words:
        await desk.callback(word)
    assert await status(desk, "sms", REMINDED) == ("delivered" if "delivered" in words else "sent")
