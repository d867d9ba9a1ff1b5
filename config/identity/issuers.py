"""What an issuer publishes about itself, kept an hour."""

from __future__ import annotations

import time
from typing import Any

from config.identity.fetching import IssuerUnreachable, get_json
from config.identity.keys import KEPT_SECONDS

WELL_KNOWN = "/.well-known/openid-configuration"


class Issuer:
    """The metadata of an issuer (OpenID Connect Discovery 1.0)."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._metadata: dict[str, Any] = {}
        self._read_at = 0.0

    async def metadata(self) -> dict[str, Any]:
        """The document; raises IssuerUnreachable when there is none, or it speaks for another issuer."""
        if not self._metadata or time.monotonic() - self._read_at >= KEPT_SECONDS:
            found = await get_json(self.issuer.rstrip("/") + WELL_KNOWN)
            if found.get("issuer") != self.issuer:
                raise IssuerUnreachable("the issuer publishes another name than the configured one")
            self._metadata, self._read_at = found, time.monotonic()
        return self._metadata

    async def address(self, name: str) -> str:
        """One address of the document; raises IssuerUnreachable when it is missing."""
        address = (await self.metadata()).get(name)
        if not isinstance(address, str):
            raise IssuerUnreachable(f"the issuer publishes no {name}")
        return address

    async def jwks_url(self) -> str:
        """Where its keys are."""
        return await self.address("jwks_uri")
