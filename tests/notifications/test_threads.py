"""Each provider is called from threads of its own, and nobody who waited too long is called for."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.ports import Frozen, Letter
from notifications.threads import Threads, begin

LETTER = Letter("m-1", "sms", "+33639980001", "Zoé", "", "Bonjour", "", timedelta(hours=3))


def _leaving_in(seconds: float) -> Letter:
    return replace(LETTER, leave_by=datetime.now(UTC) + timedelta(seconds=seconds))


async def test_a_call_does_not_wait_for_the_threads_of_others() -> None:
    busy = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(busy)
    slow = asyncio.create_task(asyncio.to_thread(time.sleep, 1))
    await asyncio.sleep(0)
    assert await Threads("ours").call(lambda: "left") == "left"
    assert not slow.done()
    await slow


def test_a_letter_that_may_leave_any_time_leaves() -> None:
    begin(LETTER)
    begin(_leaving_in(60))


def test_a_letter_whose_time_has_gone_by_does_not_leave() -> None:
    with pytest.raises(Frozen):
        begin(_leaving_in(-1))
