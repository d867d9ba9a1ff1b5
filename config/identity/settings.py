"""Settings of identity: issuers, and what their claims stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from config.addresses import is_loopback
from config.tokens import Token, parse_tokens

Names = Annotated[dict[str, str], NoDecode]


class IdentitySettings(BaseSettings):
    """How systems and people prove who they are; without a way to sign in, the console opens to nobody.

    ``oauth_*`` are for systems (client credentials), ``oidc_*`` for people (authorization code).
    """

    console_login: Literal["development"] | None = None
    oauth_issuer: str | None = None
    oauth_audience: str | None = None
    oauth_jwks_url: str | None = None
    oauth_organisation_claim: str = "organisation"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_scopes: str = "openid profile email"
    oidc_acr_values: str | None = None
    oidc_role_claim: str = "parcours_role"
    oidc_organisation_claim: str = "parcours_organisation"
    oidc_agent_claim: str = "parcours_agent"
    oidc_roles: Names = {}
    oidc_organisations: Names = {}
    oidc_people: Annotated[tuple[Token, ...], NoDecode] = ()
    oidc_people_file: Path | None = None
    oidc_trust_email: bool = False

    @field_validator("oidc_roles", "oidc_organisations", mode="before")
    @classmethod
    def _parse_names(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
        if any(not (given and stands_for) for given, _, stands_for in pairs):
            raise ValueError("write value=name, comma separated")
        return {given: stands_for for given, _, stands_for in pairs}

    @field_validator("oidc_people", mode="before")
    @classmethod
    def _parse_people(cls, value: Any) -> Any:
        return parse_tokens(value) if isinstance(value, str) else value

    @field_validator("oauth_issuer", "oauth_jwks_url", "oidc_issuer")
    @classmethod
    def _check_issuer(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://none")
        if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            return value
        raise ValueError("write a URL that begins with https:// (http:// only on this machine)")


def missing_beside_issuers(settings: IdentitySettings) -> list[str]:
    """What the chosen issuers also need, and what does not go with them."""
    found = []
    if settings.oauth_issuer and not settings.oauth_audience:
        found.append("PARCOURS_OAUTH_ISSUER also needs PARCOURS_OAUTH_AUDIENCE: set it")
    if settings.oidc_issuer and not settings.oidc_client_id:
        found.append("PARCOURS_OIDC_ISSUER also needs PARCOURS_OIDC_CLIENT_ID: set it")
    if settings.oidc_issuer and settings.console_login:
        found.append("PARCOURS_CONSOLE_LOGIN=development opens the console to all: leave it out with an issuer")
    return found
