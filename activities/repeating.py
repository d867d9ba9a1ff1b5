"""Work done again and again beside the workflows, until the process is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

log = structlog.stdlib.get_logger("parcours.relay")

PAUSE = timedelta(milliseconds=200)
PAUSE_IN_TROUBLE = timedelta(seconds=2)
TROUBLE = (SQLAlchemyError, RPCError, OSError)


class SetAside(Exception):
    """Some items could not be worked on, for a reason of their own; the others were."""


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
        except SetAside:
            wait = PAUSE_IN_TROUBLE
        await _sleep(wait, stop)


async def _sleep(wait: timedelta, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), wait.total_seconds())
    except TimeoutError:
        return
