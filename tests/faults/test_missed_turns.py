"""A worker kept from running while its letters' turn goes by: they leave in another one, or later, and never twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import delete

from activities import pacing
from activities.opening import Opened, Opening, Order
from activities.pacing import LATE, LEAD, LETTERS
from activities.patience import ORDINARY
from db import paces
from db.tables import paces as table
from tests.faults.desk import Desk
from tests.faults.examples import REMINDED
from tests.faults.site import delivering_of

STALLED = LEAD + 2 * LATE


@pytest.fixture
def stall(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let the worker stand still each time it has opened letters, while others take turns for so long."""

    def stall(taken_meanwhile: timedelta) -> None:
        open_ = Opening.open

        async def opened_slowly(self: Opening, order: Order) -> Opened:
            opened = await open_(self, order)
            async with desk.engine.begin() as connection:
                await paces.take(connection, LETTERS, taken_meanwhile, pacing.FAR)
            time.sleep(STALLED.total_seconds())  # noqa: ASYNC251 - nothing of this process runs
            return opened

        monkeypatch.setattr(Opening, "open", opened_slowly)
        desk.delivering = delivering_of(desk.engine, desk.rulebook, desk.site.posts(), patience=ORDINARY)

    return stall


async def _statuses(desk: Desk) -> list[str]:
    return [(await desk.row(channel, REMINDED, "2040-05-15")).status for channel in ("sms", "mail")]


async def test_letters_that_missed_their_turn_leave_after_those_who_took_theirs(
    desk: Desk, stall: Callable[[timedelta], None]
) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    stall(timedelta(seconds=0.4))
    began = monotonic()
    assert await desk.deliver(ids) is None
    assert monotonic() - began >= 0.4
    assert await _statuses(desk) == ["sent", "sent"]


async def test_letters_whose_other_turn_is_far_are_put_back_and_leave_once(
    desk: Desk, stall: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    accepted = len(desk.twilio.accepted), len(desk.sendgrid.accepted)
    stall(pacing.FRESH + timedelta(seconds=5))
    assert await desk.deliver(ids)
    assert await _statuses(desk) == ["queued", "queued"]
    assert (len(desk.twilio.accepted), len(desk.sendgrid.accepted)) == accepted

    monkeypatch.undo()
    await _forget_turns(desk)
    assert await desk.deliver(ids) is None
    assert await _statuses(desk) == ["sent", "sent"]
    assert (len(desk.twilio.accepted), len(desk.sendgrid.accepted)) == (accepted[0] + 1, accepted[1] + 1)


async def test_letters_that_cannot_ask_for_another_turn_leave_rather_than_stay_in_doubt(
    desk: Desk, stall: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    stall(timedelta())

    async def away(self: pacing.Pace, letters: int) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(pacing.Pace, "another", away)
    assert await desk.deliver(ids) is None
    assert await _statuses(desk) == ["sent", "sent"]


async def _forget_turns(desk: Desk) -> None:
    async with desk.engine.begin() as connection:
        await connection.execute(delete(table))
