"""What an issuer publishes about itself."""

from __future__ import annotations

from typing import Any

from config.identity.fetching import IssuerUnreachable, get_json
from config.identity.kept import Kept

WELL_KNOWN = "/.well-known/openid-configuration"


class Issuer:
    """The metadata of an issuer (OpenID Connect Discovery 1.0)."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._kept = Kept(self._read)

    async def metadata(self) -> dict[str, Any]:
        """The document; raises IssuerUnreachable when there is none, or it speaks for another issuer."""
        return await self._kept.get()

    async def address(self, name: str) -> str:
        """One address of the document; raises IssuerUnreachable when it is missing."""
        address = (await self.metadata()).get(name)
        if not isinstance(address, str):
            raise IssuerUnreachable(f"the issuer publishes no {name}")
        return address

    async def jwks_url(self) -> str:
        """Where its keys are."""
        return await self.address("jwks_uri")

    async def _read(self) -> dict[str, Any]:
        found = await get_json(self.issuer.rstrip("/") + WELL_KNOWN)
        if found.get("issuer") != self.issuer:
            raise IssuerUnreachable("the issuer publishes another name than the configured one")
        return found
