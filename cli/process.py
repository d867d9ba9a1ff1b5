"""Running a command: its settings, its logs, a clean end on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from config import logging
from config.environment import warnings
from config.misspelt import misspelt
from config.running import with_running_owner, with_running_parts
from config.settings import Settings, load

SDK_GRACE = 0.1

log = structlog.stdlib.get_logger("parcours.settings")


def prepared() -> Settings:
    """Settings of a command, logs configured, the parts that `parcours up` runs found without any variable."""
    settings = _configured(load())
    for warning in misspelt(os.environ):
        log.warning(warning)
    return with_running_parts(settings)


def prepared_as_owner() -> Settings:
    """The same for the command that changes the schema: with the owner of a database that `parcours up` runs."""
    return with_running_owner(_configured(load(alone=True)))


def prepared_to_serve() -> Settings:
    """Settings with which others may be served, by a part of its own; raise SettingsError saying all that lacks."""
    return with_running_parts(served(load(to_serve=True)))


def served(settings: Settings) -> Settings:
    """The same, logs configured, whoever starts it warned of what is dangerous in them."""
    _configured(settings)
    for warning in (*misspelt(os.environ), *warnings(settings)):
        log.warning(warning)
    return settings


def _configured(settings: Settings) -> Settings:
    logging.configure(settings.log)
    return settings


def run(command: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end or to the first SIGTERM or SIGINT, which is a clean end; a second one hurries."""
    asyncio.run(_stoppable(command))


async def _stoppable(command: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(command())
    asked: list[signal.Signals] = []

    def stop(by: signal.Signals) -> None:
        asked.append(by)
        task.cancel()

    for by in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(by, stop, by)
    try:
        await task
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        # A process that used Temporal's SDK may abort when it leaves at once (sdk-python#300).
        await asyncio.sleep(SDK_GRACE)
