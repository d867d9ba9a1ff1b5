"""Signed tokens: whose they are is believed only once signature, issuer, audience and time are checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from config.identity.keys import Keys

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Asymmetric ones only: with HS256 our issuer's public key would be everybody's signing key."""

LEEWAY = timedelta(seconds=30)
LONGEST = 16_384


class BadToken(Exception):
    """The token proves nothing; the message says why and repeats none of it."""


@dataclass(frozen=True)
class Verifier:
    """Checks the tokens of one issuer for one audience."""

    issuer: str
    audience: str
    keys: Keys

    async def claims(self, token: str, required: Sequence[str] = ("exp", "iss", "aud")) -> dict[str, Any]:
        """What a token says; raises BadToken, or IssuerUnreachable without the issuer's keys."""
        key = await self.keys.find(_key_id(token))
        if key is None:
            raise BadToken("signed with a key that the issuer does not publish")
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY,
                options={"require": list(required)},
            )
        except (PyJWTError, ValueError, TypeError) as error:
            raise BadToken(type(error).__name__) from None


def _key_id(token: str) -> str | None:
    if len(token) > LONGEST:
        raise BadToken("too long")
    try:
        header = jwt.get_unverified_header(token)
    except PyJWTError:
        raise BadToken("not a signed token") from None
    if header.get("alg") not in ALGORITHMS:
        raise BadToken("signed with an algorithm that is not accepted")
    return header.get("kid")
