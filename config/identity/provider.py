"""People's provider of identities: OpenID Connect 1.0, authorization code with PKCE, ProConnect's habits included."""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from config.identity.fetching import Answer, IssuerUnreachable, call
from config.identity.issuers import Issuer
from config.identity.keys import Keys
from config.identity.settings import IdentitySettings
from config.identity.signed import BadToken, Verifier

BASIC = "client_secret_basic"
SUBJECT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
"""At most 255 characters of ASCII (OpenID Connect Core 1.0, 2), none of them a control."""


class Refused(Exception):
    """The provider, or our check of what it says, refuses this sign-in."""


class Provider:
    """One client of one provider."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._settings = settings
        self._client = settings.oidc_client_id or ""
        self._issuer = Issuer(settings.oidc_issuer or "")
        self._verifier = Verifier(self._issuer.issuer, self._client, Keys(self._issuer.jwks_url))

    async def sign_in_url(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in, to come ``back`` with a code; raises IssuerUnreachable."""
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "scope": self._settings.oidc_scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        if self._settings.oidc_acr_values:
            asked["acr_values"] = self._settings.oidc_acr_values
        return _with(await self._issuer.address("authorization_endpoint"), asked)

    async def check_origin(self, answer: Mapping[str, str]) -> None:
        """That the answer comes from this provider (RFC 9207); raises Refused."""
        promised = (await self._issuer.metadata()).get("authorization_response_iss_parameter_supported")
        if answer.get("iss", None if promised else self._issuer.issuer) != self._issuer.issuer:
            raise Refused("the answer comes from another provider")

    async def claims(self, code: str, back: str, nonce: str, verifier: str) -> tuple[dict[str, Any], str]:
        """What the provider says of who brought a code, and the ``id_token`` to sign out with.

        Raises Refused for a code used before or a token that proves nothing, IssuerUnreachable without an answer.
        """
        given = await self._tokens(code, back, verifier)
        try:
            proved = await self._proved(str(given.get("id_token")), nonce)
            told = await self._userinfo(str(given.get("access_token")), proved["sub"])
        except BadToken as error:
            raise Refused(f"token refused: {error}") from None
        return {**told, **proved}, str(given["id_token"])

    async def sign_out_url(self, id_token: str, back: str) -> str | None:
        """Where the browser goes to sign out there too; none when the provider offers no such address."""
        metadata = await self._issuer.metadata()
        if not isinstance(metadata.get("end_session_endpoint"), str):
            return None
        asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "state": secrets.token_urlsafe(16)}
        return _with(metadata["end_session_endpoint"], asked)

    async def _tokens(self, code: str, back: str, verifier: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        proof, headers = await self._client_proof()
        address = await self._issuer.address("token_endpoint")
        answer = await call("POST", address, form=form | proof, headers=headers)
        if answer.status != 200:
            raise Refused(f"the provider answered {answer.status} to the code")
        return answer.json()

    async def _client_proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """What proves that we are the client, in the form or in a header, as the provider wants it (RFC 6749)."""
        if self._settings.oidc_client_secret is None:
            return {"client_id": self._client}, {}
        secret = self._settings.oidc_client_secret.get_secret_value()
        accepted = (await self._issuer.metadata()).get("token_endpoint_auth_methods_supported", [BASIC])
        if BASIC not in accepted:
            return {"client_id": self._client, "client_secret": secret}, {}
        pair = f"{quote_plus(self._client)}:{quote_plus(secret)}"
        return {}, {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    async def _proved(self, id_token: str, nonce: str) -> dict[str, Any]:
        claims = await self._verifier.claims(id_token, ("exp", "iat", "iss", "aud", "sub", "nonce"))
        if not secrets.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise BadToken("made for another sign-in")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client) != self._client:
            raise BadToken("made for another client")
        if not SUBJECT.fullmatch(str(claims["sub"])):
            raise BadToken("its subject is no name")
        return claims

    async def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        metadata = await self._issuer.metadata()
        if not isinstance(metadata.get("userinfo_endpoint"), str):
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await call("GET", metadata["userinfo_endpoint"], headers=headers)
        if answer.status != 200:
            raise IssuerUnreachable(f"the provider answered {answer.status} when asked who this is")
        told = await self._told(answer)
        if told.get("sub") != subject:
            raise BadToken("userinfo speaks of somebody else")
        return told

    async def _told(self, answer: Answer) -> dict[str, Any]:
        if answer.media_type != "application/jwt":
            return answer.json()
        return await self._verifier.claims(answer.body.decode("ascii", "replace"), ("iss", "aud", "sub"))


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
