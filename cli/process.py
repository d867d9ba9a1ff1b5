"""Running a command: its settings, its logs, a clean end on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from config import logging
from config.running import with_running_parts
from config.settings import Settings, load

SDK_GRACE = 0.1


def prepared() -> Settings:
    """Settings of a command, logs configured, the parts that `parcours up` runs found without any variable."""
    settings = load()
    logging.configure(settings.log)
    return with_running_parts(settings)


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
