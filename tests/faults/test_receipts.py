"""Receipts: repeated, out of order, too early, contradicting, about nothing we know; and what the rules do of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from activities import outcomes
from db.tables import events
from domain.state import Health
from notifications.ports import Receipt, Sent
from notifications.sendgrid.receipts import parse_receipts
from notifications.twilio.receipts import parse_receipt
from tests.fakes.sendgrid import event_about
from tests.fakes.server import Hang
from tests.faults.desk import Desk
from tests.faults.examples import CONTACT, REMINDED
from tests.faults.sent import extended, reminded, status
from tests.faults.site import HURRIED


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


@pytest.mark.parametrize("first", ["delivered", "bounce"])
async def test_a_hard_bounce_condemns_the_address_before_or_after_delivered(desk: Desk, first: str) -> None:
    await reminded(desk)
    await desk.mail_event(first)
    for event in ("bounce", "delivered", "processed"):
        await desk.mail_event(event)
    assert (await desk.journey()).mail is Health.BAD
    row = await desk.row("mail", REMINDED, "2040-05-15")
    assert (row.status, "revenu" in row.reason) == (("delivered", True) if first == "delivered" else ("failed", False))
    assert len([line for line in await desk.summaries("COM-3") if "remis par mail" in line]) == 1


async def test_a_letter_delivered_then_come_back_leaves_by_the_other_channel(desk: Desk) -> None:
    await extended(desk)
    await desk.mail_event("delivered", about="welcome")
    await desk.mail_event("bounce", about="welcome")
    await desk.live()
    assert await desk.row("sms", "welcome") is not None


async def test_a_temporary_refusal_after_delivered_says_nothing_of_the_address(desk: Desk) -> None:
    await reminded(desk)
    await desk.mail_event("delivered")
    await desk.mail_event("bounce", type="blocked")
    assert (await desk.journey()).mail is Health.OK


async def test_a_bounce_that_names_no_letter_condemns_the_address_it_names(desk: Desk) -> None:
    await reminded(desk)
    await desk.mail_event("delivered")
    nameless = {"event": "bounce", "sg_event_id": "e-1", "timestamp": 1, "email": CONTACT["email"].upper()}
    for _ in range(2):
        await desk.record(*parse_receipts([nameless]))
    assert (await desk.journey()).mail is Health.BAD
    assert await status(desk, "mail", REMINDED) == "delivered"
    assert len([line for line in await desk.summaries("COM-3") if "ne reçoit plus" in line]) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"email": "autre@exemple.fr"},
        {"event": "bounce", "type": "blocked"},
        {"event": "dropped", "reason": "Bounced Address"},
        {"event": "delivered"},
        {"sg_message_id": "inconnu.recvd"},
        {"email": None},
    ],
)
async def test_nothing_else_is_believed_of_an_address_alone(desk: Desk, other: dict[str, object]) -> None:
    await reminded(desk)
    nameless = {"event": "bounce", "sg_event_id": "e-2", "timestamp": 1, "email": CONTACT["email"], **other}
    await desk.record(*parse_receipts([nameless]))
    assert (await desk.journey()).mail is Health.OK


async def test_a_bounce_of_an_address_replaced_since_says_nothing_of_the_new_one(desk: Desk) -> None:
    await reminded(desk)
    await desk.mail_event("delivered")
    await desk.tell("contact.changed", contact={**CONTACT, "email": "nouvelle@exemple.fr"})
    await desk.mail_event("bounce")
    await desk.record(*parse_receipts([{"event": "bounce", "sg_event_id": "e-3", "email": CONTACT["email"]}]))
    assert (await desk.journey()).mail is Health.OK


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
    await outcomes.sent(desk.engine, desk.rulebook, {row.id: Sent(row.provider_id, "sent")})
    assert await status(desk, "mail", REMINDED) == "delivered"


async def test_a_receipt_that_arrives_while_the_answer_is_being_kept_is_never_missed(desk: Desk) -> None:
    await reminded(desk)
    row = await desk.row("sms", REMINDED, "2040-05-15")
    for number in range(20):
        sid = f"SM{number:032x}"
        await desk.change(row.id, status="sending", provider_id=None)
        receipt = parse_receipt(desk.twilio.form(sid, "delivered"))
        assert receipt is not None
        answer = outcomes.sent(desk.engine, desk.rulebook, {row.id: Sent(sid, "sent")})
        await asyncio.gather(answer, desk.record(receipt))
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
    await asyncio.sleep(HURRIED.receipts_within.total_seconds())
    for _ in range(3):
        assert await desk.deliver(ids) is None
    assert await status(desk, "mail", REMINDED) == "unknown"
    assert len([line for line in await desk.summaries("COM-3") if "remis par mail" in line]) == 1


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


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(["queued", "sent", "delivered"]), max_size=6))
async def test_in_whatever_order_receipts_come_delivered_is_the_end(desk: Desk, words: list[str]) -> None:
    if not desk.twilio.accepted:
        await reminded(desk)
    row = await desk.row("sms", REMINDED, "2040-05-15")
    await desk.forget_receipts(row.id)
    for word in words:
        await desk.callback(word)
    assert await status(desk, "sms", REMINDED) == ("delivered" if "delivered" in words else "sent")


async def test_an_answer_in_doubt_that_a_receipt_proves_stops_its_clock_once(desk: Desk) -> None:
    await reminded(desk)
    row = await desk.row("mail", REMINDED, "2040-05-15")
    await desk.change(row.id, template="request_answer", facts={"request": "r-1"}, status="unknown", provider_id=None)
    for _ in range(2):
        await desk.record(*parse_receipts([event_about(str(row.id), "delivered", "theirs")]))
    async with desk.engine.connect() as connection:
        told = (await connection.execute(select(events.c.data).where(events.c.type == "answer.left"))).scalars().all()
    assert told == [{"request": "r-1"}]
