"""Who is calling: a bearer token stands for a role in one organisation."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Problem
from api.services import Service
from config.tokens import Role, Token

BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="A token of PARCOURS_API_TOKENS.")
INVALID = 'Bearer realm="parcours", error="invalid_token"'


@dataclass(frozen=True)
class Caller:
    """The identity behind a call."""

    role: Role
    organisation: str
    agent: str | None

    @property
    def name(self) -> str:
        """Whom to write down as the author of a change."""
        return self.agent or self.role


def identify(services: Service, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Caller:
    """The caller; raises a 401 problem without a known token, 403 when its organisation has no policy."""
    if credentials is None:
        raise _unauthenticated("Send `Authorization: Bearer <token>`.", 'Bearer realm="parcours"')
    token = _found(services.settings.api_tokens, credentials.credentials)
    if token is None:
        raise _unauthenticated("This token is not known: ask the operator for one.", INVALID)
    if token.organisation not in services.policies:
        raise Problem(403, f"{token.organisation} has no policy file: the operator has to add one.")
    return Caller(token.role, token.organisation, token.agent)


def _found(tokens: tuple[Token, ...], secret: str) -> Token | None:
    """Every token is compared, in constant time, so that the answer's delay tells nothing."""
    given = secret.encode()
    matches = [token for token in tokens if hmac.compare_digest(token.token.encode(), given)]
    return matches[0] if matches else None


def _unauthenticated(detail: str, challenge: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})


def _allowing(*roles: Role) -> Callable[[Caller], Caller]:
    def check(caller: Annotated[Caller, Depends(identify)]) -> Caller:
        if caller.role not in roles:
            raise Problem(403, f"The role {caller.role} may not do this: use a token of role {' or '.join(roles)}.")
        return caller

    return check


Sender = Annotated[Caller, Depends(_allowing("system", "admin"))]
Reader = Annotated[Caller, Depends(_allowing("agent", "supervisor", "admin"))]
Supervisor = Annotated[Caller, Depends(_allowing("supervisor", "admin"))]
