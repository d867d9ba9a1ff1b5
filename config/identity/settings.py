"""Settings of identity: issuers, and what their claims stand for."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from config.tokens import Token, parse_tokens

HERE = frozenset({"127.0.0.1", "::1", "localhost"})
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
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE):
            return value
        raise ValueError("write a URL that begins with https:// (http:// only on this machine)")

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if self.oauth_issuer and not self.oauth_audience:
            raise ValueError("PARCOURS_OAUTH_ISSUER also needs PARCOURS_OAUTH_AUDIENCE: set it")
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("PARCOURS_OIDC_ISSUER also needs PARCOURS_OIDC_CLIENT_ID: set it")
        if self.oidc_issuer and self.console_login:
            raise ValueError("PARCOURS_CONSOLE_LOGIN=development opens the console to all: leave it out with an issuer")
        return self
