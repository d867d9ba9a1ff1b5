"""A provider is silent, away, overloaded or hangs up: each message leaves once, or says that nobody knows."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select, text

from db.engine import make_engine
from db.tables import messages
from tests.fakes.server import Answer, Behaviour, Drop, Garbage, Hang
from tests.faults.desk import Desk
from tests.faults.plant import eventually
from tests.faults.site import HURRIED, Site, delivering_of
from tests.journeys.town import PARIS

IMPATIENT = timedelta(seconds=0.4)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def decided(desk: Desk, sms: Sequence[Behaviour] = (), mail: Sequence[Behaviour] = ()) -> Sequence[str]:
    """A reminder about to leave, and what the providers will do of it."""
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    desk.twilio.accepted.clear()
    desk.sendgrid.accepted.clear()
    desk.twilio.script(*sms)
    desk.sendgrid.script(*mail)
    desk.impatient(IMPATIENT)
    return ids


async def deliver_to_the_end(desk: Desk, ids: Sequence[str]) -> list[float]:
    """Attempts, each after the delay asked for, until none is; the delays in seconds."""
    delays = []
    while delay := await desk.deliver(ids):
        delays.append(delay.total_seconds())
        await asyncio.sleep(min(delay, HURRIED.settle_after).total_seconds())
    return delays


async def statuses(desk: Desk) -> tuple[str, str]:
    sms, mail = [await desk.row(channel, "due_reminder", "2040-05-15") for channel in ("sms", "mail")]
    return sms.status, mail.status


def nobody_there(desk: Desk) -> Site:
    """The same site, at an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    return replace(desk.site, twilio_url=url, sendgrid_url=url)


async def owed_at(desk: Desk) -> datetime:
    sms = await desk.row("sms", "due_reminder", "2040-05-15")
    return cast("datetime", sms.due_at).astimezone(PARIS)


def accepted(desk: Desk) -> tuple[int, int]:
    return len(desk.twilio.accepted), len(desk.sendgrid.accepted)


@pytest.mark.parametrize("behaviour", [Hang(accept=True), Drop(accept=True), Garbage(201)], ids=repr)
async def test_an_sms_that_left_without_an_answer_is_found_and_not_sent_again(desk: Desk, behaviour: Behaviour) -> None:
    ids = await decided(desk, sms=[behaviour])
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


@pytest.mark.parametrize("behaviour", [Hang(accept=False), Drop(accept=False)], ids=repr)
async def test_an_sms_that_did_not_leave_is_sent_once_asking_has_shown_it(desk: Desk, behaviour: Behaviour) -> None:
    ids = await decided(desk, sms=[behaviour])
    await desk.deliver(ids)
    assert (await statuses(desk))[0] == "unknown"
    await desk.deliver(ids)
    assert (await statuses(desk), accepted(desk)) == (("unknown", "sent"), (0, 1))
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


@pytest.mark.parametrize("accept", [True, False])
async def test_a_mail_in_doubt_is_never_sent_twice(desk: Desk, accept: bool) -> None:
    ids = await decided(desk, mail=[Drop(accept=accept)])
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "unknown"), (1, int(accept)))


async def test_a_provider_that_says_when_to_come_back_is_obeyed(desk: Desk) -> None:
    ids = await decided(desk, sms=[Answer(429, 20429, retry_after=7)])
    assert await desk.deliver(ids) == timedelta(seconds=7)
    assert await statuses(desk) == ("queued", "sent")
    await desk.deliver(ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


async def test_a_provider_in_trouble_for_a_while_is_tried_less_and_less(desk: Desk) -> None:
    ids = await decided(desk, sms=[Answer(503)] * 4, mail=[Answer(500)] * 2)
    delays = await deliver_to_the_end(desk, ids)
    assert delays == [0.1, 0.2, 0.4, 0.5]
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


async def test_what_the_window_puts_off_is_owed_when_it_opens_again(desk: Desk) -> None:
    ids = await decided(desk, sms=[Answer(503)])
    await desk.deliver(ids)
    assert await owed_at(desk) < datetime(2040, 5, 11, 18, 30, tzinfo=PARIS)
    desk.now = datetime(2040, 5, 11, 18, 40, tzinfo=PARIS)
    assert await desk.deliver(ids)
    assert await owed_at(desk) == datetime(2040, 5, 14, 8, 30, tzinfo=PARIS)


async def test_a_provider_that_refuses_connections_gets_everything_when_it_is_back(desk: Desk) -> None:
    ids = await decided(desk)
    reachable = desk.site
    desk.site = nobody_there(desk)
    desk.impatient(IMPATIENT)
    assert await desk.deliver(ids)
    assert (await statuses(desk), accepted(desk)) == (("queued", "queued"), (0, 0))

    desk.site = reachable
    desk.impatient(IMPATIENT)
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


async def test_one_channel_in_trouble_does_not_hold_back_the_other(desk: Desk) -> None:
    ids = await decided(desk, sms=[Answer(503)])
    await desk.deliver(ids)
    assert await statuses(desk) == ("queued", "sent")


async def test_two_attempts_at_once_send_once(desk: Desk) -> None:
    ids = await decided(desk)
    await asyncio.gather(*(desk.deliver(ids) for _ in range(4)))
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


async def test_what_a_busy_provider_refuses_with_the_step_waits_as_it_asked_and_leaves_by_the_queue(desk: Desk) -> None:
    ids = await decided(desk, sms=[Answer(429, 20429, retry_after=7)])
    left = await desk.deliver_at_once(ids)
    assert left.messages == tuple(ids)
    assert left.wait == timedelta(seconds=7)
    assert await statuses(desk) == ("queued", "sent")
    assert await desk.deliver(ids) is None
    assert accepted(desk) == (1, 1)


async def test_nothing_is_tried_with_the_step_once_the_pace_is_spent(desk: Desk) -> None:
    ids = await decided(desk)
    desk.delivering = delivering_of(desk.engine, desk.rulebook, desk.site.posts(), per_second=0.5)
    assert (await desk.deliver_at_once(ids)).messages == ()
    assert (await desk.deliver_at_once(ids)).messages == tuple(ids)
    assert accepted(desk) == (1, 1)


async def test_a_failure_of_ours_with_the_step_is_left_to_the_queue(desk: Desk) -> None:
    ids = await decided(desk)
    desk.delivering = delivering_of(make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none"), desk.rulebook, {})
    left = await desk.deliver_at_once(ids)
    assert (left.messages, left.wait) == (tuple(ids), timedelta())
    assert accepted(desk) == (0, 0)


async def test_a_delivery_cancelled_while_it_opens_its_letters_leaves_them_to_the_next(desk: Desk) -> None:
    ids = await decided(desk)

    async def put_back() -> bool:
        rows = [await desk.row(channel, "due_reminder", "2040-05-15") for channel in ("sms", "mail")]
        return {(row.status, row.attempts) for row in rows} == {("queued", 1)}

    async def waited_for() -> bool:
        async with desk.engine.connect() as connection:
            return bool(await connection.scalar(text(WAITING)))

    async with desk.engine.begin() as other:
        await other.execute(select(messages.c.id).where(messages.c.id.in_(ids)).with_for_update())
        delivering = asyncio.create_task(desk.deliver(ids))
        await eventually(waited_for)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    await eventually(put_back)
    assert await desk.deliver(ids) is None
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))
