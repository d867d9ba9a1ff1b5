"""A stopped rule sends nothing while the stop lasts, and each message says why it did not leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from cli.ledger import prove
from cli.why import _why
from config.settings import load
from db import stops
from db.tables import messages, timeline
from db.tenancy import as_organisation
from domain.stops import Stop
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, PARIS, SIREN

END = datetime(2040, 5, 20, 18, 30, tzinfo=PARIS)
SAID = "règle REM-2 suspendue jusqu'au 20/05/2040 18:30 : montants faux"


async def stop(desk: Desk, rule: str = "REM-2", until: datetime = END, organisation: str = "urssaf-idf") -> UUID:
    stop_id = uuid4()
    async with as_organisation(desk.engine, organisation) as connection:
        await stops.open_stop(connection, stop_id, organisation, "admin", Stop(rule, "montants faux", until))
    return stop_id


async def reminder_decided(desk: Desk) -> Sequence[str]:
    await desk.open()
    await desk.owe()
    return await desk.decide_reminder()


async def statuses(desk: Desk) -> list[str]:
    return [(await desk.row(channel, "due_reminder", "2040-05-15")).status for channel in ("sms", "mail")]


async def test_a_stopped_rule_sends_nothing_and_says_why(desk: Desk) -> None:
    ids = await reminder_decided(desk)
    accepted = len(desk.twilio.accepted), len(desk.sendgrid.accepted)
    await stop(desk)
    assert await desk.deliver(ids) is None
    assert (len(desk.twilio.accepted), len(desk.sendgrid.accepted)) == accepted
    rows = [await desk.row(channel, "due_reminder", "2040-05-15") for channel in ("sms", "mail")]
    assert [(row.status, row.reason) for row in rows] == [("dropped", SAID)] * 2
    said = select(timeline.c.kind, timeline.c.rule).where(timeline.c.summary == f"Message non envoyé : {SAID}")
    async with desk.engine.connect() as connection:
        assert (await connection.execute(said)).all() == [("skipped", "REM-2")] * 2


async def test_an_ordinary_message_stopped_opens_no_call(desk: Desk) -> None:
    ids = await reminder_decided(desk)
    calls = await desk.calls("COM-3")
    await stop(desk)
    await desk.deliver(ids)
    await desk.live()
    assert await desk.calls("COM-3") == calls


async def test_a_critical_message_stopped_becomes_one_call(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    await desk.reach(datetime(2040, 5, 16, 10, tzinfo=PARIS))
    await stop(desk, "INC-2")
    incident: dict[str, Any] = {"account": ACCOUNT, "period": "2040-04", "amount": "1240.50", "due_on": "2040-05-15"}
    await desk.tell("incident.detected", kind="unpaid", **incident)
    await desk.live()
    async with desk.engine.connect() as connection:
        rows = (await connection.execute(select(messages).where(messages.c.rule == "INC-2"))).all()
    assert {(row.channel, row.critical, row.status) for row in rows} == {
        ("sms", True, "dropped"),
        ("mail", True, "dropped"),
    }
    assert len(await desk.calls("COM-3")) == 1


@pytest.mark.parametrize("ends", [timedelta(), -timedelta(minutes=1)])
async def test_messages_leave_from_the_end_of_a_stop(desk: Desk, ends: timedelta) -> None:
    ids = await reminder_decided(desk)
    await stop(desk, until=desk.now + ends)
    await desk.deliver(ids)
    assert await statuses(desk) == ["sent", "sent"]


async def test_messages_leave_once_a_stop_is_lifted(desk: Desk) -> None:
    ids = await reminder_decided(desk)
    stop_id = await stop(desk)
    async with as_organisation(desk.engine, "urssaf-idf") as connection:
        assert await stops.lift(connection, "urssaf-idf", stop_id, "admin")
    await desk.deliver(ids)
    assert await statuses(desk) == ["sent", "sent"]


async def test_of_two_stops_the_one_that_lasts_holds(desk: Desk) -> None:
    ids = await reminder_decided(desk)
    await stop(desk)
    await stop(desk, until=desk.now)
    await desk.deliver(ids)
    assert await statuses(desk) == ["dropped", "dropped"]


@pytest.mark.parametrize("other", [{"organisation": "urssaf-rhone-alpes"}, {"rule": "REM-4"}])
async def test_another_organisation_and_another_rule_are_not_stopped(desk: Desk, other: dict[str, str]) -> None:
    ids = await reminder_decided(desk)
    await stop(desk, **other)  # type: ignore[arg-type]
    await desk.deliver(ids)
    assert await statuses(desk) == ["sent", "sent"]


async def test_a_stop_over_before_the_window_opens_stops_nothing(desk: Desk) -> None:
    ids = await reminder_decided(desk)
    desk.now = datetime(2040, 5, 11, 20, tzinfo=PARIS)
    await stop(desk, until=desk.now + timedelta(hours=1))
    assert await desk.deliver(ids)
    assert await statuses(desk) == ["queued", "queued"]
    desk.now = datetime(2040, 5, 14, 10, tzinfo=PARIS)
    await desk.deliver(ids)
    assert await statuses(desk) == ["sent", "sent"]


async def test_the_ledger_stays_well_and_why_tells_the_stop(
    desk: Desk, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = await reminder_decided(desk)
    await stop(desk)
    await desk.deliver(ids)
    proofs = await prove(desk.engine)
    told = ("lines", "once", "ends", "proofs", "due dates")
    assert {subject: proofs[subject].examples for subject in told} == {subject: [] for subject in told}
    await _why(load(database_url=SecretStr(database_url)), SIREN, UUID(ids[0]))
    assert f"pas parti ({SAID})" in capsys.readouterr().out
