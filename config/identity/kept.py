"""What an issuer publishes, kept: read again after an hour, and believed a day longer while the issuer is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from config.identity.fetching import IssuerUnreachable

KEPT_SECONDS = 3600.0
KEPT_WHILE_AWAY_SECONDS = 24 * 3600.0
PAUSE_SECONDS = 10.0
"""The issuer is asked again no more often than that: anybody may invent a key's name."""

T = TypeVar("T")
log = structlog.stdlib.get_logger("parcours.issuer")


class Kept(Generic[T]):
    """The last good answer of ``read``."""

    def __init__(self, read: Callable[[], Awaitable[T]], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._value: T | None = None
        self._read_at = self._asked_at = 0.0
        self._turn = asyncio.Lock()

    @property
    def is_away(self) -> bool:
        """Whether the issuer was asked since, in vain."""
        return self._asked_at > self._read_at

    async def get(self, suffices: Callable[[T], bool] = lambda _: True) -> T:
        """The value, read again when it is old or does not suffice; raises IssuerUnreachable without any."""
        if self._is_due(suffices):
            async with self._turn:
                if self._is_due(suffices):
                    await self._renew()
        if self._value is None:
            raise IssuerUnreachable("the issuer does not answer")
        return self._value

    def _is_due(self, suffices: Callable[[T], bool]) -> bool:
        if self._value is None:
            return True
        now = self._clock()
        is_old = now - self._read_at >= KEPT_SECONDS
        return now - self._asked_at >= PAUSE_SECONDS and (is_old or not suffices(self._value))

    async def _renew(self) -> None:
        try:
            self._value = await self._read()
            self._read_at = self._asked_at = self._clock()
        except IssuerUnreachable as error:
            self._asked_at = self._clock()
            if self._value is None or self._asked_at - self._read_at >= KEPT_WHILE_AWAY_SECONDS:
                self._value = None
                raise
            log.warning("an issuer does not answer: what it published last is believed", reason=str(error))
