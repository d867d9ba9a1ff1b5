"""The processes that may die: two workers and an API of ours, PostgreSQL and Temporal on their files."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from config.embedded.children import EmbeddedError
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from tests.faults.servers import pid_of

RESTARTED_AFTER = 1.0
PATIENT_STARTS = 3
"""A server that repairs itself may need longer than the minute its start is given."""

ROOT = Path(__file__).parents[2]
PARCOURS, HURRIED = ("-c", "from cli.main import main; main()"), ("-m", "tests.chaos.hurried")


class Mortal(ABC):
    """Something that can be killed and comes back as it was."""

    name: str

    @abstractmethod
    async def kill(self) -> None:
        """End it by SIGKILL."""

    @abstractmethod
    async def revive(self) -> None:
        """Start it again on the same files and address."""


class Process(Mortal):
    """`parcours worker` or `parcours api`, started again when it ends by itself, as any supervisor does."""

    def __init__(self, name: str, home: Path, told: Mapping[str, str], *, hurried: bool = False) -> None:
        self.name = name
        self._command = (*(HURRIED if hurried else PARCOURS), name.split()[0])
        self._told, self._log = {**os.environ, **told}, home / f"{name}.log"
        self._watched: asyncio.Task[None] | None = None

    async def revive(self) -> None:
        self._watched = asyncio.create_task(self._supervise())

    async def kill(self) -> None:
        if self._watched:
            self._watched.cancel()
            await asyncio.wait([self._watched])

    async def _supervise(self) -> None:
        while True:
            with self._log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, *self._command, cwd=ROOT, env=self._told, stdout=log, stderr=log
                )
            try:
                await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            await asyncio.sleep(RESTARTED_AFTER)


class Server(Mortal):
    """An embedded server."""

    def __init__(self, server: EmbeddedPostgres | EmbeddedTemporal) -> None:
        self.name = "temporal" if isinstance(server, EmbeddedTemporal) else "postgres"
        self._server = server

    async def kill(self) -> None:
        os.killpg(pid_of(self._server), signal.SIGKILL)
        await self._server.ended()

    async def revive(self) -> None:
        for _ in range(PATIENT_STARTS):
            with suppress(EmbeddedError):
                return await self._server.start()
        return await self._server.start()
