"""What a page or an answer computes, beside the event loop: whoever else is served meanwhile does not wait for it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

AT_ONCE = 2
"""Of one process. More would only share the interpreter's lock, and have the event loop wait for it in turn."""

SWITCHED_EVERY = 0.001
"""Seconds after which a thread that computes lets the event loop have the interpreter: a fifth of CPython's own."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

sys.setswitchinterval(SWITCHED_EVERY)
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="computing")


async def computed(work: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Answer:
    """What ``work`` returns or raises; it must touch neither the event loop nor a connection."""
    called = partial(copy_context().run, partial(work, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_threads, called)
