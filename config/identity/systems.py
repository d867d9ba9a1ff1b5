"""Access tokens of systems (OAuth 2 client credentials, RFC 9068): scopes give the role, a claim the organisation."""

from __future__ import annotations

from typing import Any, get_args

from config.identity.issuers import Issuer
from config.identity.keys import Keys
from config.identity.settings import IdentitySettings
from config.identity.signed import BadToken, Verifier
from config.tokens import NAME, Role

PREFIX = "parcours:"


class NoScope(Exception):
    """The token is good and gives no role here."""


class AccessTokens:
    """Reads the tokens of the configured issuer."""

    def __init__(self, settings: IdentitySettings) -> None:
        issuer, self._jwks_url = Issuer(settings.oauth_issuer or ""), settings.oauth_jwks_url
        self._claim = settings.oauth_organisation_claim
        self._verifier = Verifier(
            issuer.issuer, settings.oauth_audience or "", Keys(self._known if self._jwks_url else issuer.jwks_url)
        )

    async def _known(self) -> str:
        return self._jwks_url or ""

    async def identity(self, token: str) -> tuple[Role, str, str | None, str | None]:
        """Role, organisation, agent and client; raises BadToken, NoScope, or IssuerUnreachable."""
        claims = await self._verifier.claims(token)
        organisation = _name(claims.get(self._claim))
        if organisation is None:
            raise BadToken(f"no {self._claim} claim")
        return _role(claims), organisation, _name(claims.get("agent")), _client(claims)


def _client(claims: dict[str, Any]) -> str | None:
    """The client, as RFC 9068 names it; ``azp`` and ``sub`` where an issuer leaves that out."""
    named = (claims.get(name) for name in ("client_id", "azp", "sub"))
    return next((it[:200] for it in named if isinstance(it, str) and it), None)


def _role(claims: dict[str, Any]) -> Role:
    scope = claims.get("scope", claims.get("scp", ""))
    scopes = scope if isinstance(scope, list) else str(scope).split()
    roles = [role for role in get_args(Role) if f"{PREFIX}{role}" in scopes]
    if len(roles) != 1:
        raise NoScope(f"one of the scopes {', '.join(PREFIX + role for role in get_args(Role))} is needed")
    role: Role = roles[0]
    return role


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and NAME.fullmatch(value) else None
