"""A provider on a free loopback port, that does as scripted, then as the real one would."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Answer:
    """Refuse with this status and, in the provider's own way, this code."""

    status: int
    code: int | None = None
    retry_after: int | None = None
    field: str | None = None
    message: str = "refused"


@dataclass(frozen=True)
class Hang:
    """Say nothing until the client goes away, having accepted the letter or not."""

    accept: bool = False


@dataclass(frozen=True)
class Drop:
    """Close the connection without a word, having accepted the letter or not."""

    accept: bool = True


@dataclass(frozen=True)
class Garbage:
    """Accept the letter and answer what no SDK can read."""

    status: int = 202


Behaviour = Answer | Hang | Drop | Garbage


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class FakeProvider:
    """`async with` starts and stops it; `accepted` is what it took."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self._script: deque[Behaviour] = deque()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def script(self, *behaviours: Behaviour) -> None:
        """What to do with the next letters, one each; after them, accept."""
        self._script.extend(behaviours)

    @property
    def is_moody(self) -> bool:
        """The script is not played to its end."""
        return bool(self._script)

    def forgive(self) -> None:
        """Accept everything from now on."""
        self._script.clear()

    async def __aenter__(self) -> Self:
        config = uvicorn.Config(Starlette(routes=self.routes()), log_level="error", lifespan="off", ws="none")
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        await self._serving
        self._socket.close()

    def error(self, answer: Answer) -> Response:
        raise NotImplementedError

    async def scripted(self, request: Request, accept: Callable[[], object]) -> Response | None:
        """Play the next behaviour of the script; None when there is none left."""
        match self._script.popleft() if self._script else None:
            case Answer() as answer:
                return self.error(answer)
            case Hang(accepting):
                _ = accepting and accept()
                return await _hang(request)
            case Drop(accepting):
                _ = accepting and accept()
                return _cut(request)
            case Garbage(status):
                accept()
                return Response("<html>", status)
        return None


async def _hang(request: Request) -> Response:
    while (await request.receive())["type"] != "http.disconnect":
        continue
    return Response(status_code=408)


def _cut(request: Request) -> Response:
    """Close the connection under the server's feet, which takes it for a client gone."""
    cycle: Any = request.receive.__self__  # type: ignore[attr-defined]
    cycle.transport.abort()
    return Response()
