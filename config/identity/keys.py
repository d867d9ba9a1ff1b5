"""The public keys of an issuer, kept an hour, read again at once when a token names one that is not known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWKSetError

from config.identity.fetching import IssuerUnreachable, get_json

KEPT_SECONDS = 3600.0
PAUSE_SECONDS = 10.0
"""Unknown keys make the issuer asked again no more often than that: anybody may invent a key's name."""

Locate = Callable[[], Awaitable[str]]


class Keys:
    """``locate`` gives the address of the key set."""

    def __init__(self, locate: Locate, clock: Callable[[], float] = time.monotonic) -> None:
        self._locate, self._clock = locate, clock
        self._known: dict[str | None, PyJWK] = {}
        self._read_at: float | None = None
        self._turn = asyncio.Lock()

    async def find(self, kid: str | None) -> PyJWK | None:
        """The key of a name, or the only key when a token names none; raises IssuerUnreachable without any key set."""
        if self._is_older_than(KEPT_SECONDS) or (self._pick(kid) is None and self._is_older_than(PAUSE_SECONDS)):
            async with self._turn:
                if self._is_older_than(PAUSE_SECONDS):
                    await self._read()
        return self._pick(kid)

    def _pick(self, kid: str | None) -> PyJWK | None:
        if kid is None:
            return next(iter(self._known.values())) if len(self._known) == 1 else None
        return self._known.get(kid)

    def _is_older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= seconds

    async def _read(self) -> None:
        try:
            keys = PyJWKSet.from_dict(await get_json(await self._locate())).keys
        except PyJWKSetError as error:
            raise IssuerUnreachable("the issuer's key set holds no usable key") from error
        self._known = {key.key_id: key for key in keys if key.public_key_use in (None, "sig")}
        self._read_at = self._clock()
