"""HTTP/1.1 with nothing around it: what a caller costs must not hide what the server does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Wire(asyncio.Protocol):
    """One connection that stays open: a request, its answer, the next. Answers bear a Content-Length."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what requests are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer who waits once the whole answer is here."""
        self._received += data
        head, end, body = self._received.partition(HEAD_END)
        if end and len(body) >= _length(head) and self._answer is not None:
            self._received = b""
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; raises ConnectionError when none comes."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self._answer = None
        self._transport.close()


def _length(head: bytes) -> int:
    return int(head.lower().partition(LENGTH)[2].split(b"\r\n", 1)[0])


class Wires:
    """A few connections to one server, each lent to one exchange at a time."""

    def __init__(self, url: str) -> None:
        self._netloc = urlsplit(url)
        self._idle: list[Wire] = []

    async def renew(self, count: int) -> None:
        """Connect ``count`` times, anew: a server ends a connection that was silent for a few seconds."""
        self.close()
        loop, host, port = asyncio.get_running_loop(), self._netloc.hostname or "", self._netloc.port or 80
        self._idle = [(await loop.create_connection(Wire, host, port))[1] for _ in range(count)]

    def request(self, path: str, headers: Mapping[str, str], content: object = None) -> bytes:
        """A POST of this content, or a GET, as it goes over the wire."""
        body = b"" if content is None else json.dumps(content).encode()
        told = {"Host": self._netloc.netloc, **headers, "Content-Length": str(len(body))}
        method = "POST" if body else "GET"
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        return "\r\n".join(lines).encode() + HEAD_END + body

    async def send(self, request: bytes, expected: int) -> None:
        """Carry out one exchange on a free connection; raises RuntimeError on another status."""
        wire = self._idle.pop()
        status, body = await wire.exchange(request)
        self._idle.append(wire)
        if status != expected:
            raise RuntimeError(f"{status}: {body.decode()}")

    def close(self) -> None:
        """Hang up everywhere."""
        for wire in self._idle:
            wire.close()
