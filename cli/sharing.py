"""Several processes of the API behind one socket: a process of Python uses one core."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory

import structlog

from cli.serving import DRAIN_SECONDS, listening
from config.embedded.children import die_with_parent
from config.errors import OperatorError
from config.metrics import COUNTS_FOLDER
from config.settings import Settings

COMMAND = (sys.executable, "-c", "from cli.main import main; main()", "api", "--shared")
SETTLED_SECONDS = 10
STOP_SECONDS = DRAIN_SECONDS + 5

log = structlog.stdlib.get_logger("parcours.api")


async def share(settings: Settings) -> None:
    """Run the processes until cancelled; one that ends later than ten seconds after its start is replaced.

    Raises SettingsError when the port is taken, OperatorError when a process ends sooner: it has said why itself.
    """
    with listening(settings) as listener, TemporaryDirectory(prefix="parcours-counts-") as counts:
        environment = {**os.environ, COUNTS_FOLDER: counts}
        kept = [asyncio.ensure_future(_keep_one(listener, environment)) for _ in range(settings.api_processes)]
        try:
            ended, _ = await asyncio.wait(kept, return_when=asyncio.FIRST_COMPLETED)
            await ended.pop()
        finally:
            for one in kept:
                one.cancel()
            await asyncio.gather(*kept, return_exceptions=True)


async def _keep_one(listener: socket.socket, environment: Mapping[str, str]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        code = await _lived(await _start(listener, environment))
        if loop.time() - began < SETTLED_SECONDS:
            raise OperatorError(f"a process of the API ended at once with code {code}: the log above says why")
        log.warning("a process of the API ended and is replaced", code=code)


async def _start(listener: socket.socket, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        str(listener.fileno()),
        env=environment,
        pass_fds=[listener.fileno()],
        preexec_fn=die_with_parent(signal.SIGTERM),
    )


async def _lived(process: asyncio.subprocess.Process) -> int:
    """The exit code once it ended; it is asked to when nobody waits any more."""
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
