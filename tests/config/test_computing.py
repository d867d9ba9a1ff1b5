"""What is computed beside the event loop gives its answer and its error, and holds nobody up."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from config.computing import computed

WHO: ContextVar[str] = ContextVar("who")


async def test_the_answer_comes_from_another_thread_in_the_same_context() -> None:
    WHO.set("asked")
    thread, who = await computed(lambda: (threading.get_ident(), WHO.get()))
    assert (thread != threading.get_ident(), who) == (True, "asked")


async def test_what_fails_there_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        await computed(divmod, 1, 0)


async def test_the_event_loop_goes_on_while_all_threads_compute() -> None:
    over = threading.Event()
    working = [asyncio.ensure_future(computed(over.wait, 60)) for _ in range(8)]
    await asyncio.sleep(0)
    over.set()  # reached because nobody here waits for them
    assert await asyncio.gather(*working) == [True] * 8
