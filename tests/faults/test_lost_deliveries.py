"""Deliveries that ended without anybody knowing: a later step, or the step taken again, orders their letters anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from activities.contract import StepOrder
from activities.stepping import Stepping
from db.ledger import NEVER_SAID
from db.tables import events
from tests.faults.desk import Desk
from tests.faults.examples import CONTACT, REMINDED
from tests.faults.sent import extended
from tests.journeys.town import SIREN

LONG_AGO = timedelta(hours=3)


async def _attempted(desk: Desk, status: str, ago: timedelta, reason: str | None = None) -> str:
    """The SMS of a reminder whose last attempt was so long ago."""
    await desk.open()
    await desk.owe()
    await desk.decide_reminder()
    row = await desk.row("sms", REMINDED, "2040-05-15")
    await desk.change(row.id, status=status, reason=reason, attempts=1, attempted_at=datetime.now(UTC) - ago)
    return str(row.id)


@pytest.mark.parametrize("status", ["queued", "sending", "unknown"])
async def test_a_letter_whose_delivery_was_lost_after_an_attempt_is_looked_at_by_a_later_step(
    desk: Desk, status: str
) -> None:
    assert await _attempted(desk, status, LONG_AGO) in await desk.step()


@pytest.mark.parametrize(
    ("status", "ago", "reason"),
    [("queued", timedelta(minutes=9), None), ("unknown", LONG_AGO, NEVER_SAID), ("sent", LONG_AGO, None)],
)
async def test_a_letter_that_is_looked_after_or_settled_is_left_to_itself(
    desk: Desk, status: str, ago: timedelta, reason: str | None
) -> None:
    assert await _attempted(desk, status, ago, reason) not in await desk.step()


async def test_two_steps_of_a_worker_that_died_hand_on_the_letters_of_both(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    await desk.reach_reminder()
    stepping, first = Stepping(desk.engine, desk.rulebook), StepOrder(SIREN, "its chain", 1, desk.now, ())
    decided = (await stepping.take_step(first)).deliver
    await stepping.take_step(replace(first, step=2))
    again = await stepping.take_step(first)
    assert (again.repeated, again.step) == (True, 2)
    assert len(decided) == 2
    assert set(again.deliver) >= set(decided)


async def test_a_critical_letter_in_doubt_for_ever_on_one_channel_and_undelivered_on_the_other_becomes_a_call(
    desk: Desk,
) -> None:
    await extended(desk)
    mail = await desk.row("mail", "extended")
    await desk.change(mail.id, status="unknown", reason=NEVER_SAID)
    await desk.callback("undelivered", 30007, about="extended")
    await desk.live()
    assert len(await desk.calls("COM-3")) == 1


async def test_a_stored_event_that_cannot_be_read_is_told_without_its_words(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await desk.store("contact.changed", contact={**CONTACT, "phone": 33639980001})
    await desk.deliver(ids)
    async with desk.engine.connect() as connection:
        aside = (await connection.execute(select(events).where(events.c.status == "set_aside"))).one()
    assert aside.problem
    assert not any(word in aside.problem for word in (CONTACT["name"], CONTACT["email"], "39980001"))
