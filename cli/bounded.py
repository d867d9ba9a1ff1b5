"""How much and how long one connection may ask for: whoever sends without end, or too slowly, is ended."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from cli.packets import JoiningProtocol

HEADER_BYTES = 32 * 1024
"""Of the address and all headers of one request; and of what is no part of a request at all."""

HEADERS = 100
HEADER_SECONDS = 10.0
BODY_SECONDS = 60.0
UNFINISHED = 500
"""Connections of this process whose request is not whole, idle ones included; the one that waits longest makes room."""


class Phase(Enum):
    """Where a connection stands: a request's headers are due, or its body; it waits for us; it is kept for more."""

    HEADERS = auto()
    BODY = auto()
    WHOLE = auto()
    KEPT = auto()


SECONDS = {Phase.HEADERS: HEADER_SECONDS, Phase.BODY: BODY_SECONDS}
"""How long it may stay there; uvicorn itself ends what is kept (five seconds)."""


class Boundless(ValueError):
    """Too much; the connection ends with ``status``."""


class BoundedProtocol(JoiningProtocol):
    """uvicorn's own, within these bounds.

    A request that is there whole at once costs no timer. What httptools keeps of an unfinished header is not seen
    before its end: bytes that lead to no callback are counted.
    """

    _waiting: ClassVar[dict[BoundedProtocol, None]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: the first request is due."""
        super().connection_made(transport)
        self._phase, self._rank = Phase.HEADERS, 0
        self._watched: tuple[Phase, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._silent = self._bytes = 0
        self._status = HTTPStatus.BAD_REQUEST
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what comes, then see whether it goes on for too long."""
        if self.transport.is_closing():
            return
        if self._phase is Phase.KEPT:
            self._turn_to(Phase.HEADERS)
        self._silent += len(data)
        super().data_received(data)
        if self._silent > HEADER_BYTES and not self.transport.is_closing():
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        self._watch()

    def on_message_begin(self) -> None:
        """A request begins, behind another one perhaps."""
        if self._phase is not Phase.HEADERS:
            self._turn_to(Phase.HEADERS)
        self._bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url), HTTPStatus.REQUEST_URI_TOO_LONG)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer behind the body."""
        if len(self.headers) >= HEADERS:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        self._count(len(name) + len(value), HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body is due."""
        self._silent = 0
        self._turn_to(Phase.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body; how long it may be, the application says."""
        self._silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._silent = 0
        # An answer may have left before its request was whole: then uvicorn's own timer is gone.
        self._turn_to(Phase.HEADERS if self.cycle.response_complete else Phase.WHOLE)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer has left: the next request may take its time, as long as uvicorn keeps the connection."""
        super().on_response_complete()
        if self._phase is Phase.WHOLE and self.cycle.response_complete:
            self._turn_to(Phase.KEPT)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """What the parser refuses, and what these bounds do."""
        self._end(self._status, msg)

    def _turn_to(self, phase: Phase) -> None:
        self._phase = phase
        self._rank += 1

    def _count(self, number: int, status: HTTPStatus) -> None:
        self._silent = 0
        self._bytes += number
        if self._bytes > HEADER_BYTES:
            self._refuse(status)

    def _refuse(self, status: HTTPStatus) -> None:
        # Raised in a callback, it ends the parser, and uvicorn asks for the answer to a bad request.
        self._status = status
        raise Boundless(status.phrase)

    def _watch(self) -> None:
        """Have the timer and the place among those who wait agree with the phase."""
        now = (self._phase, self._rank)
        if now == self._watched or self.transport.is_closing():
            return
        self._forget()
        self._watched = now
        if self._phase is Phase.WHOLE:
            return
        if self._phase in SECONDS:
            self._timer = self.loop.call_later(SECONDS[self._phase], self._too_late)
        self._waiting[self] = None
        if len(self._waiting) > UNFINISHED:
            next(iter(self._waiting))._make_room()

    def _forget(self) -> None:
        self._waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        if self._phase is Phase.BODY and self.flow.read_paused:
            # It is the application that does not read on.
            self._timer = self.loop.call_later(SECONDS[self._phase], self._too_late)
        else:
            self._end(HTTPStatus.REQUEST_TIMEOUT)

    def _make_room(self) -> None:
        if self._phase is Phase.KEPT:
            self._forget()
            self.transport.close()
        else:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE)

    def _end(self, status: HTTPStatus, detail: str = "") -> None:
        """Close, saying why when no answer is on its way; the application hears that nobody waits for it."""
        self._forget()
        answering = self.cycle is not None and not self.cycle.response_complete
        awaited = self._phase is Phase.BODY and not self.pipeline
        if not answering or (awaited and not self.cycle.response_started):
            self.transport.write(_answer(status, detail or status.phrase))
        if answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _answer(status: HTTPStatus, detail: str) -> bytes:
    body = detail.encode()
    head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    return STATUS_LINE[status] + head + body
