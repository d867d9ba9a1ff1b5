"""Around every request: an id, a log line without query or body, safe headers, limits, and no bare crash."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import identify
from api.metrics import Metrics
from api.problems import DETAILS, Problem, answer

MEGABYTE = 1024 * 1024
EVENTS_LIMIT = 25 * MEGABYTE
LIMIT = MEGABYTE
OF_ANYBODY = 64 * 1024
"""Bytes that are read of a body before it is asked who sends it."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for every few seconds by machines: a line of its own for what is not well only."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""As they are sent, unless an answer has its own."""

log = structlog.stdlib.get_logger("parcours.http")


class Observed:
    """Gives each request an id, a measure and a log line; an unforeseen error becomes a bare 500 problem."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = _request_id(scope)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            return await self._carry(scope, receive, send, request_id)

    async def _carry(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("a request failed", route=_route(scope))
            if status:
                raise
            await answer(Problem(500, DETAILS[500]))(scope, receive, watched)
        finally:
            self._record(scope, status or 500, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"] if scope["method"] in METHODS else "OTHER", _route(scope)
        self._metrics.answered(method, route, status, seconds)
        if route in WATCHED and status < 400:
            return
        log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex


def _route(scope: Scope) -> str:
    """The route's template: a path may hold a signed link."""
    return getattr(scope.get("route"), "path", None) or "unmatched"


def _add_headers(message: Message, request_id: str) -> None:
    own: list[tuple[bytes, bytes]] = message["headers"]
    names = {name for name, _ in own}
    safe = [header for header in SAFE_HEADERS if header[0] not in names]
    message["headers"] = [*own, (b"x-request-id", request_id.encode()), *safe]


class Guarded:
    """Refuses what no handler should see: NUL characters in the address, bodies over the limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await answer(Problem(400, "Remove the NUL characters from the address."))(scope, receive, send)
        else:
            await self._app(scope, _limited(scope, receive), send)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Refuse a body when it is read, by its announced length or by what really comes; a long one of nobody known."""
    limit = EVENTS_LIMIT if scope["path"] == "/v1/events" else LIMIT
    announced = Headers(scope=scope).get("content-length", "")
    length = int(announced) if announced.isdecimal() and len(announced) <= 12 else 0
    too_long = length > limit or len(announced) > 12
    unknown = scope["path"].startswith("/v1/")
    read = 0

    async def limited() -> Message:
        nonlocal read, unknown
        if unknown and (too_long or max(length, read) > OF_ANYBODY):
            await identify(Request(scope))
            unknown = False
        message = {} if too_long else await receive()
        read += len(message.get("body", b""))
        if too_long or read > limit:
            raise Problem(413, f"Send at most {limit // MEGABYTE} MB at a time.")
        return message

    return limited
