"""The public keys of an issuer, read again at once when a token names one that is not known."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWKSetError

from config.identity.fetching import IssuerUnreachable, get_json
from config.identity.kept import Kept

Locate = Callable[[], Awaitable[str]]
Named = Mapping[str | None, PyJWK]


class Keys:
    """``locate`` gives the address of the key set."""

    def __init__(self, locate: Locate, clock: Callable[[], float] = time.monotonic) -> None:
        self._locate = locate
        self._kept = Kept[Named](self._read, clock)

    async def find(self, kid: str | None) -> PyJWK | None:
        """The key of a name, or the only key when a token names none.

        Raises IssuerUnreachable without any key set, and for a name not known while the issuer does not answer.
        """
        key = _pick(await self._kept.get(lambda known: _pick(known, kid) is not None), kid)
        if key is None and self._kept.is_away:
            raise IssuerUnreachable("the issuer does not answer, and this key is not known yet")
        return key

    async def _read(self) -> Named:
        try:
            keys = PyJWKSet.from_dict(await get_json(await self._locate())).keys
        except PyJWKSetError as error:
            raise IssuerUnreachable("the issuer's key set holds no usable key") from error
        return {key.key_id: key for key in keys if key.public_key_use in (None, "sig")}


def _pick(known: Named, kid: str | None) -> PyJWK | None:
    if kid is None:
        return next(iter(known.values())) if len(known) == 1 else None
    return known.get(kid)
