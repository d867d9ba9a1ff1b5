"""Work done again and again beside the workflows, until the process is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

log = structlog.stdlib.get_logger("parcours.relay")

PAUSE = timedelta(milliseconds=200)
PAUSE_IN_TROUBLE = timedelta(seconds=2)
ASIDE = timedelta(seconds=30)
TROUBLE = (SQLAlchemyError, RPCError, OSError)


class Aside:
    """Who failed for a reason of its own, left alone for a while: it would be the first in the row again and again."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    @property
    def sirens(self) -> list[str]:
        """Those to leave alone now."""
        now = monotonic()
        self._until = {siren: until for siren, until in self._until.items() if until > now}
        return list(self._until)

    def add(self, sirens: Iterable[str]) -> None:
        """Leave these alone."""
        self._until.update(dict.fromkeys(sirens, monotonic() + ASIDE.total_seconds()))


async def repeat(work: Callable[[], Awaitable[bool]], stop: asyncio.Event, pause: timedelta = PAUSE) -> None:
    """Call ``work`` again and again, at once while it finds something; trouble is logged and waited out."""
    while not stop.is_set():
        wait = pause
        try:
            if await work():
                wait = timedelta()
        except TROUBLE as error:
            log.warning("the relay waits: a part does not answer", reason=type(error).__name__)
            wait = PAUSE_IN_TROUBLE
        await _sleep(wait, stop)


async def _sleep(wait: timedelta, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), wait.total_seconds())
    except TimeoutError:
        return
