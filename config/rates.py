"""How often one client may call: a bucket per client in this process, that fills again with time."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MINUTE = 60.0
SWEPT_EVERY = 10_000
ROUNDING = 1e-6


@dataclass(frozen=True)
class Standing:
    """Where a client stands: requests left, seconds until all are again, seconds to wait (0 when this one may pass)."""

    limit: int
    left: int
    full_in: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """What the client is told."""
        told = {"RateLimit-Limit": self.limit, "RateLimit-Remaining": self.left, "RateLimit-Reset": self.full_in}
        return {name: str(value) for name, value in (told | ({"Retry-After": self.wait} if self.wait else {})).items()}

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """The same as ASGI sends them."""
        return [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]


class Meter:
    """``limit`` requests a minute for each client, all at once or evenly."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._taken = 0

    def take(self, client: str, cost: int = 1) -> Standing:
        """Count one request, or only look with a ``cost`` of 0; a request over the limit is not counted."""
        now, rate = self._clock(), self._limit / MINUTE
        level, at = self._buckets.get(client, (float(self._limit), now))
        level = min(self._limit, level + (now - at) * rate)
        allowed = level >= max(cost, 1) - ROUNDING
        level = max(0.0, level - cost) if allowed else level
        self._buckets[client] = (level, now)
        self._sweep(now)
        wait = 0 if allowed else max(1, math.ceil((1 - level) / rate))
        return Standing(self._limit, math.floor(level), math.ceil((self._limit - level) / rate), wait)

    def _sweep(self, now: float) -> None:
        """Forget clients whose bucket is full again."""
        self._taken += 1
        if self._taken % SWEPT_EVERY == 0:
            self._buckets = {client: kept for client, kept in self._buckets.items() if now - kept[1] < MINUTE}


class Vouched:
    """Clients whose last request told who they are; of too many, the longest silent is forgotten."""

    def __init__(self, at_most: int = 50_000) -> None:
        self._clients: dict[str, None] = {}
        self._at_most = at_most

    def __contains__(self, client: str) -> bool:
        return client in self._clients

    def add(self, client: str) -> None:
        """Vouch for a client."""
        self.discard(client)
        self._clients[client] = None
        if len(self._clients) > self._at_most:
            del self._clients[next(iter(self._clients))]

    def discard(self, client: str) -> None:
        """Vouch for it no more."""
        self._clients.pop(client, None)


class RateLimited:
    """Holds back clients of the paths under ``prefix``; those who keep failing to say who they are, by address.

    ``meters`` are for clients and for failures; ``client`` names who calls, None for whom nothing is known;
    ``is_known`` says, after the answer, whether a request told who sent it, ``is_failure`` whether it tried in vain;
    ``refuse`` makes the 429. Failures of others at its address (a proxy, an office) hold no known client back.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        prefix: str,
        meters: tuple[Meter, Meter],
        client: Callable[[Headers], str | None],
        is_known: Callable[[Scope], bool],
        is_failure: Callable[[Scope, int], bool],
        refuse: Callable[[Standing], Response],
    ) -> None:
        self._app, self._prefix, self._refuse = app, prefix, refuse
        self._calls, self._failures = meters
        self._client, self._is_known, self._is_failure = client, is_known, is_failure
        self._vouched = Vouched()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            return await self._app(scope, receive, send)
        address = str((scope.get("client") or ("unknown",))[0])
        given = self._client(Headers(scope=scope))
        client = _digest(given) if given else address
        standing = self._standing(client, address)
        if standing.wait:
            return await self._refuse(standing)(scope, receive, send)
        return await self._app(scope, receive, self._told(scope, client, address, standing, send))

    def _standing(self, client: str, address: str) -> Standing:
        if client not in self._vouched:
            standing = self._failures.take(address, cost=0)
            if standing.wait:
                return standing
        return self._calls.take(client)

    def _told(self, scope: Scope, client: str, address: str, standing: Standing, send: Send) -> Send:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *standing.raw]
                self._judge(scope, client, address, message["status"])
            await send(message)

        return told

    def _judge(self, scope: Scope, client: str, address: str, status: int) -> None:
        if self._is_known(scope):
            self._vouched.add(client)
            return
        self._vouched.discard(client)
        if self._is_failure(scope, status):
            self._failures.take(address)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
