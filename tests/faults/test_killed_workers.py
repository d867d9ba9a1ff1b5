"""A worker dies by SIGKILL at each point of a step and of a delivery; the next one finishes what it left."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import datetime

import pytest

from domain.requests import Ask, Reply, Request
from tests.fakes.server import Hang
from tests.faults.doomed import AT_ONCE, FREEZE, POINTS
from tests.faults.plant import Plant, eventually
from tests.journeys.town import ACCOUNT, PARIS, SIREN
from workflows.client import ask

THIRD_DAY_BEFORE = datetime(2031, 1, 7, 18, tzinfo=PARIS)
"""Of a due date of 10 January, when the reminders of the day are due: it leaves with the step that takes it in."""

IN_DOUBT = {
    "before the call, sms": {0, 1},
    "before the call, mail": {0},
    "before the answer is kept, sms": {0, 1},
    "before the answer is kept, mail": {1},
}
"""Points after which nobody can know whether the mail left, with how many may have: letters leave side by side."""


async def ask_a_worker_that_dies(plant: Plant, point: str) -> asyncio.Task[Reply]:
    process, armed = plant.doom(point)
    await plant.enrol_near_the_end()
    armed.set()
    asking = asyncio.create_task(plant.extend())
    await asyncio.to_thread(process.join, 20)
    assert process.exitcode == -signal.SIGKILL
    return asking


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_killed_loses_nothing_and_doubles_nothing(hurried_plant: Plant, point: str) -> None:
    asking = await ask_a_worker_that_dies(hurried_plant, point)
    await hurried_plant.parts.start()

    assert (await asking).status == 201
    await hurried_plant.came("extended", sms="sent", mail="unknown" if point in IN_DOUBT else "sent")
    await hurried_plant.quiet()
    texts, mails = await hurried_plant.left("extended")
    assert texts == 1
    assert mails in IN_DOUBT.get(point, {1})
    assert (await hurried_plant.journey()).extensions == 1
    told = [line for line in await hurried_plant.timeline() if line.rule == "EXT-2"]
    assert len(told) == 1


@pytest.mark.parametrize("point", AT_ONCE)
async def test_a_worker_killed_while_a_reminder_leaves_at_once_loses_nothing_and_doubles_nothing(
    hurried_plant: Plant, point: str
) -> None:
    process, armed = hurried_plant.doom(point)
    await hurried_plant.live_at(THIRD_DAY_BEFORE)
    await hurried_plant.open(opened_on="2030-11-20")
    armed.set()
    await hurried_plant.store("contribution.due", account=ACCOUNT, period="2030-12", due_on="2031-01-10", amount=None)
    await asyncio.to_thread(process.join, 20)
    assert process.exitcode == -signal.SIGKILL
    await hurried_plant.parts.start()

    await hurried_plant.came("due_reminder", sms="sent", mail="unknown" if point in IN_DOUBT else "sent")
    await hurried_plant.quiet()
    texts, mails = await hurried_plant.left("due_reminder")
    assert texts == 1
    assert mails in IN_DOUBT.get(point, {1})
    told = [line for line in await hurried_plant.timeline() if line.rule == "REM-2" and line.kind == "message"]
    assert len(told) == 1


async def test_what_is_asked_while_a_committed_step_waits_to_be_told_is_answered_too(hurried_plant: Plant) -> None:
    first = await ask_a_worker_that_dies(hurried_plant, "in the step, after its commit")
    second = asyncio.create_task(ask(hurried_plant.temporal, SIREN, Request("another", Ask.EXTEND)))
    await asyncio.sleep(0.2)
    await hurried_plant.parts.start()
    assert (await first).status == 201
    # The journey was just extended: the notice of its new end is not open yet.
    assert (await second).rule == "EXT-2"
    assert (await second).status == 409


async def test_a_worker_killed_while_the_provider_keeps_silent_is_settled_by_asking(hurried_plant: Plant) -> None:
    process, _ = hurried_plant.doom("never")
    await hurried_plant.enrol_near_the_end()
    before = len(hurried_plant.twilio.accepted)
    hurried_plant.twilio.script(Hang(accept=True))
    await hurried_plant.extend()

    async def accepted() -> bool:
        kept = (await hurried_plant.statuses("extended")).get("mail") == "sent"
        return kept and len(hurried_plant.twilio.accepted) > before

    await eventually(accepted)
    process.kill()
    await asyncio.to_thread(process.join, 20)
    await hurried_plant.parts.start()
    await hurried_plant.came("extended", sms="sent", mail="sent")
    assert await hurried_plant.left("extended") == (1, 1)


async def test_a_worker_frozen_before_the_call_does_not_send_when_it_thaws(hurried_plant: Plant) -> None:
    process, armed = hurried_plant.doom(FREEZE)
    await hurried_plant.enrol_near_the_end()
    armed.set()
    await hurried_plant.extend()

    async def frozen() -> bool:
        return not armed.is_set()

    await eventually(frozen)
    await hurried_plant.parts.start()
    await hurried_plant.came("extended", sms="sent", mail="unknown")
    os.kill(process.pid or 0, signal.SIGCONT)
    await asyncio.sleep(1)
    process.kill()
    texts, mails = await hurried_plant.left("extended")
    attempts = (await hurried_plant.rows("extended"))["mail"].attempts
    assert texts == 1
    assert mails <= attempts - 1  # the first attempt sent none; it may have put the mail back for another
