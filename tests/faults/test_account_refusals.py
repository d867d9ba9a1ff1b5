"""The provider refuses our account or its settings: letters wait, leave once when it is put right, or become a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities import measuring
from activities.writing import ACCOUNT_AWAITED
from db import gauges
from db.journeys import nudge_refused_to_account
from db.ledger import ACCOUNT_REFUSED
from db.tables import journeys, messages
from notifications.ports import AccountRefused
from tests.deploy.test_monitoring import ALERTS, SECTIONS
from tests.fakes.server import Answer
from tests.faults.desk import Desk
from tests.faults.examples import extension
from tests.faults.plant import notice_is_open_since
from tests.faults.sent import status
from tests.faults.test_providers_in_trouble import accepted, decided, deliver_to_the_end, statuses

TWILIO = [Answer(400, code) for code in (21408, 21612, 21606, 20005, 30034, 21266)] + [Answer(401, 20003)]
SENDGRID = [Answer(401), Answer(403), Answer(400, field="from.email")]


async def reason(desk: Desk, channel: str) -> Any:
    return (await desk.row(channel, "due_reminder", "2040-05-15")).reason


@pytest.mark.parametrize("answer", TWILIO, ids=lambda it: str(it.code))
async def test_an_sms_refused_to_our_account_waits_and_leaves_once_after_the_repair(desk: Desk, answer: Answer) -> None:
    ids = await decided(desk, sms=[answer] * 3)
    assert [await desk.deliver(ids) is not None for _ in range(3)] == [True] * 3
    assert (await statuses(desk), await reason(desk, "sms")) == (
        ("queued", "sent"),
        f"{ACCOUNT_REFUSED} : {answer.code}",
    )
    assert (await desk.journey()).failures == ()
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))
    assert await reason(desk, "sms") is None


@pytest.mark.parametrize("answer", SENDGRID, ids=lambda it: f"{it.status} {it.field}")
async def test_a_mail_refused_to_our_account_waits_and_leaves_once_after_the_repair(desk: Desk, answer: Answer) -> None:
    ids = await decided(desk, mail=[answer] * 2)
    assert [await desk.deliver(ids) is not None for _ in range(2)] == [True] * 2
    assert await statuses(desk) == ("sent", "queued")
    await deliver_to_the_end(desk, ids)
    assert (await statuses(desk), accepted(desk)) == (("sent", "sent"), (1, 1))


async def test_a_reminder_that_waits_past_its_due_date_becomes_a_call(desk: Desk) -> None:
    ids = await decided(desk, sms=[Answer(400, 21408)], mail=[Answer(403)])
    assert await desk.deliver(ids)
    desk.now += timedelta(days=30)
    assert await desk.deliver(ids) is None
    await desk.live()
    assert (await statuses(desk), accepted(desk)) == (("dropped", "dropped"), (0, 0))
    assert len(await desk.calls("COM-3") + await desk.calls("REM-2")) == 1


async def refused_extension(desk: Desk) -> list[str]:
    """A confirmation, critical and without an end of its own, refused to our account on both channels."""
    await desk.open(opened_on=notice_is_open_since(desk.now.date()).isoformat())
    ids = list(await desk.step(extension()))
    desk.twilio.script(Answer(400, 21606))
    desk.sendgrid.script(Answer(403))
    assert await desk.deliver(ids)
    return ids


async def waiting(desk: Desk) -> list[str]:
    return [await status(desk, channel, "extended") for channel in ("sms", "mail")]


async def test_what_is_critical_waits_for_the_repair_as_long_as_it_is_of_use(desk: Desk) -> None:
    ids = await refused_extension(desk)
    desk.now += timedelta(days=1)
    assert await waiting(desk) == ["queued", "queued"]
    await deliver_to_the_end(desk, ids)
    assert await waiting(desk) == ["sent", "sent"]
    assert await desk.calls("COM-3") == []


async def test_what_is_critical_becomes_one_call_once_it_has_waited_too_long_and_leaves_no_more(desk: Desk) -> None:
    ids = await refused_extension(desk)
    taken = accepted(desk)
    desk.now += timedelta(days=ACCOUNT_AWAITED + 5)
    assert await desk.deliver(ids) is None
    await desk.live()
    assert await waiting(desk) == ["dropped", "dropped"]
    assert len(await desk.calls("COM-3")) == 1
    await desk.deliver(ids)
    assert accepted(desk) == taken


@pytest.mark.parametrize("code", [30034, 30002, 21612])
async def test_an_sms_taken_and_refused_to_our_account_afterwards_leaves_once_after_the_repair(
    desk: Desk, code: int
) -> None:
    ids = await decided(desk)
    assert await desk.deliver(ids) is None
    await desk.callback("undelivered", code)
    await desk.callback("failed", code)
    assert (await statuses(desk), await reason(desk, "sms")) == (("queued", "sent"), f"{ACCOUNT_REFUSED} : {code}")
    assert (await desk.journey()).failures == ()
    # Nobody delivers it any more: the relay wakes its journey, whose next step orders it anew.
    assert await woken(desk, timedelta(hours=2)) == 0
    assert await woken(desk, timedelta()) == 1
    await desk.deliver(ids)
    await desk.callback("delivered")
    assert (await statuses(desk), accepted(desk)) == (("delivered", "sent"), (2, 1))
    assert await woken(desk, timedelta()) == 0


async def woken(desk: Desk, since: timedelta) -> int:
    async with desk.engine.begin() as connection:
        await connection.execute(journeys.update().values(nudged=journeys.c.nudge))
        # The desk's clock is years ahead of the wall's, against which letters are looked for.
        await connection.execute(messages.update().values(due_at=datetime.now(UTC) - timedelta(days=1)))
        return await nudge_refused_to_account(connection, since)


async def test_a_mail_dropped_for_our_quota_waits(desk: Desk) -> None:
    ids = await decided(desk)
    await desk.deliver(ids)
    await desk.mail_event("dropped", reason="Recipient List over Package Quota")
    assert await statuses(desk) == ("sent", "queued")


async def test_letters_that_wait_for_our_account_are_counted_by_provider_and_code(desk: Desk) -> None:
    await desk.deliver(await decided(desk, sms=[Answer(400, 21408)], mail=[Answer(403)]))
    async with desk.engine.connect() as connection:
        found = (await gauges.outbox(connection))["messages_refused_to_account"]
    assert found == {("twilio", "21408"): 1, ("sendgrid", "403"): 1}


def test_an_alert_asks_for_every_refusal_of_the_account() -> None:
    [alert] = [it for it in ALERTS if it["alert"] == "ParcoursProviderAccount"]
    assert 'outcome="account"' in alert["expr"]
    assert "parcours_messages_refused_to_account" in alert["expr"]
    assert measuring.OUTCOMES[AccountRefused] == "account"
    assert not [code for codes in measuring.ACCOUNTS.values() for code in codes if code not in SECTIONS[alert["alert"]]]
