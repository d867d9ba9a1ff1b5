"""Temporal's development server from its wheel: the real server, its state in one SQLite file."""

from __future__ import annotations

import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from config.embedded.children import Child, EmbeddedError, insist, spawn
from config.embedded.ports import LOOPBACK, kept_port

UI_PORT = 8233
DYNAMIC = (
    # One journey can be fast-forwarded (`parcours fast-forward`), by as many timers as it takes.
    "frontend.WorkflowTimeSkippingEnabled=true",
    "frontend.WorkflowTimeSkippingMaxSkipPerSession=100000",
    'history.timerProcessorMaxTimeShift="10ms"',
)
# Eight times the rate of SQLite's defaults, and still safe against kill -9.
PRAGMAS = ("journal_mode=WAL", "synchronous=1")


class EmbeddedTemporal:
    """One server under `home`, for one namespace; `ui` adds the web interface."""

    def __init__(self, home: Path, *, ui: bool = True, namespace: str = "default") -> None:
        self.home = home.absolute()
        self.namespace = namespace
        self._ui = ui
        self._child: Child | None = None
        self._port = self._ui_port = 0

    @property
    def address(self) -> str:
        """Where clients connect, `host:port`."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def ui_url(self) -> str | None:
        """Where a browser goes; None without interface."""
        return f"http://{LOOPBACK}:{self._ui_port}" if self._ui else None

    async def start(self) -> None:
        """Start the server and wait until its namespace answers; raise EmbeddedError with its log."""
        await insist(self._run, lambda: filter(None, [self._port, self._ui_port]))

    async def stop(self) -> None:
        """Stop the server; what it stored is found again at the next start."""
        if self._child:
            await self._child.stop(signal.SIGTERM)

    async def ended(self) -> str:
        """Return how the server ended, once it has."""
        if self._child is None:
            raise EmbeddedError("nothing was started")
        return await self._child.ended()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self) -> None:
        self._child = await spawn("temporal", self._command, self.home, None, signal.SIGTERM)
        await self._child.wait_until(self._answers)

    def _command(self) -> list[str]:
        self._port = kept_port(self.home / "temporal.port")
        self._ui_port = kept_port(self.home / "temporal-ui.port", UI_PORT) if self._ui else 0
        interface = ["--ui-port", str(self._ui_port), "--ui-disable-news-fetch"] if self._ui else ["--headless"]
        return [
            *(environment_binary("temporal"), "server", "start-dev", "--log-level", "warn", "--log-format", "json"),
            *("--ip", LOOPBACK, "--port", str(self._port), "--namespace", self.namespace, *interface),
            *("--db-filename", str(self.home / "temporal.db")),
            *(part for pragma in PRAGMAS for part in ("--sqlite-pragma", pragma)),
            *(part for value in DYNAMIC for part in ("--dynamic-config-value", value)),
        ]

    async def _answers(self) -> bool:
        try:
            client = await Client.connect(self.address, namespace=self.namespace)
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=self.namespace), timeout=timedelta(seconds=5)
            )
        except (RuntimeError, RPCError):
            return False
        return True


def environment_binary(name: str) -> str:
    """Path of a command installed beside this Python; nothing is ever downloaded."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise EmbeddedError(f"the command {name} is not installed: run `make setup`, or set PARCOURS_TEMPORAL_ADDRESS")
    return found
