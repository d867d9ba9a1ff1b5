"""Who is calling: a bearer token stands for a role in one organisation, by our list or by its issuer's signature."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from api.problems import Problem, unavailable
from api.services import Services
from config.identity.fetching import IssuerUnreachable
from config.identity.signed import BadToken
from config.identity.systems import AccessTokens, NoScope
from config.tokens import Role, Token

SHOWN = "A token of PARCOURS_API_TOKENS, or a signed one of PARCOURS_OAUTH_ISSUER."
REALM = 'Bearer realm="parcours"'
INVALID = f'{REALM}, error="invalid_token"'
NO_SCOPE = f'{REALM}, error="insufficient_scope", scope="parcours:system"'


@dataclass(frozen=True)
class Caller:
    """The identity behind a call."""

    role: Role | Literal["none"]
    organisation: str
    agent: str | None
    client: str | None = None
    """The OAuth client that calls."""

    token: str | None = None
    """What tells a token of our list from the others, without being it."""

    @property
    def name(self) -> str:
        """Whom to write down as the author of a change."""
        return self.agent or self.role

    @property
    def author(self) -> str:
        """Who it is in the trail: a person, else a client or a token."""
        return self.agent or self.client or self.token or self.role


async def identify(request: Request) -> Caller:
    """The caller; raises a 401 problem without a good token, 403 when it gives no role or organisation here."""
    services: Services = request.app.state.services
    scheme, given = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer" or not given:
        raise _unauthenticated("Send `Authorization: Bearer <token>`.", REALM)
    caller = request.state.caller = _known(services.settings.api_tokens, given) or await _signed(
        services.access_tokens, given
    )
    if caller.organisation not in services.policies:
        raise Problem(403, f"{caller.organisation} has no policy file: the operator has to add one.")
    return caller


def _known(tokens: tuple[Token, ...], secret: str) -> Caller | None:
    """Every token is compared, in constant time, so that the answer's delay tells nothing."""
    given = secret.encode()
    matches = [token for token in tokens if hmac.compare_digest(token.token.encode(), given)]
    if not matches:
        return None
    known = matches[0]
    return Caller(known.role, known.organisation, known.agent, token=f"token:{sha256(given).hexdigest()[:8]}")


async def _signed(tokens: AccessTokens | None, given: str) -> Caller:
    if tokens is None or given.count(".") != 2:
        raise _unauthenticated("This token is not known: ask the operator for one.", INVALID)
    try:
        return Caller(*await tokens.identity(given))
    except BadToken as error:
        raise _unauthenticated(f"This token is refused: {error}.", INVALID) from None
    except NoScope as error:
        raise Problem(403, f"This token gives no role: {error}.", headers={"WWW-Authenticate": NO_SCOPE}) from None
    except IssuerUnreachable as error:
        raise unavailable(f"Tokens cannot be checked now: {error}.") from None


def _unauthenticated(detail: str, challenge: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})


class Allowed(SecurityBase):
    """The caller, of one of these roles; raises what `identify` raises, and a 403 problem for another role.

    One dependency without others: FastAPI spends more on finding a dependency than this does on a token.
    """

    model = HTTPBearer(description=SHOWN)
    scheme_name = "bearer"

    def __init__(self, *roles: Role) -> None:
        self._roles = roles

    async def __call__(self, request: Request) -> Caller:
        """Identify the caller."""
        caller = await identify(request)
        if caller.role not in self._roles:
            wanted = " or ".join(self._roles)
            raise Problem(403, f"The role {caller.role} may not do this: use a token of role {wanted}.")
        return caller


Sender = Annotated[Caller, Depends(Allowed("system", "admin"))]
Reader = Annotated[Caller, Depends(Allowed("agent", "supervisor", "admin"))]
Administrator = Annotated[Caller, Depends(Allowed("admin"))]
TaskHolder = Annotated[Caller, Depends(Allowed("agent", "supervisor", "mediator", "admin"))]
Supervisor = Annotated[Caller, Depends(Allowed("supervisor", "admin"))]
