"""Calls of blocking SDKs, in threads of each provider's own: one that is slow takes those of nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from notifications.ports import Frozen, Letter

AT_ONCE = 64
"""Half of the deliveries of a worker: behind a provider that hangs, each waits for one other at most."""

Answer = TypeVar("Answer")


class Threads:
    """The threads of one provider."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=name)

    async def call(self, function: Callable[..., Answer], *given: object) -> Answer:
        """What ``asyncio.to_thread`` does, beside whoever else uses that."""
        called = partial(copy_context().run, function, *given)
        return await asyncio.get_running_loop().run_in_executor(self._executor, called)


def begin(letter: Letter) -> None:
    """To be called in the thread, right before the provider is; raises Frozen when it waited for that too long."""
    if letter.leave_by and datetime.now(UTC) > letter.leave_by:
        raise Frozen
