"""Who a request comes from: a random token in the browser, its session in the database."""

from __future__ import annotations

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from db import sessions
from web.console.people import Person
from web.desk import Desk


class Sessions:
    """The sessions of the console; the token of a browser that has not signed in yet only proves its forms."""

    def __init__(self, desk: Desk) -> None:
        self._engine = desk.engine
        self._secure = desk.settings.public_url.startswith("https://")
        self.cookie = "__Host-parcours" if self._secure else "parcours"

    def token(self, request: Request) -> str | None:
        """What the browser holds."""
        return request.cookies.get(self.cookie)

    async def person(self, request: Request) -> Person | None:
        """Who is signed in; nobody once the session is idle, too old or revoked."""
        if (token := self.token(request)) is None:
            return None
        async with self._engine.begin() as connection:
            row = await sessions.find(connection, token)
        return row and Person(row.subject, row.name, row.role, row.organisation, row.agent)

    async def open(self, request: Request, response: Response, person: Person, id_token: str | None = None) -> None:
        """Sign in under a token that nobody knew before."""
        token, old = secrets.token_urlsafe(32), self.token(request)
        identity = {name: getattr(person, name) for name in ("subject", "name", "role", "organisation", "agent")}
        async with self._engine.begin() as connection:
            if old:
                await sessions.revoke(connection, old)
            await sessions.open_session(connection, token, id_token=id_token, **identity)
        self.give(response, token)

    async def close(self, request: Request, response: Response) -> str | None:
        """Sign out, here and in the database; the ``id_token`` of the provider, to sign out there too."""
        self.take_back(response)
        if (token := self.token(request)) is None:
            return None
        async with self._engine.begin() as connection:
            ended = await sessions.revoke(connection, token)
        return ended and ended.id_token

    def give(self, response: Response, token: str) -> None:
        """Leave a token with the browser, until it is closed."""
        response.set_cookie(self.cookie, token, secure=self._secure, httponly=True, samesite="lax", path="/")

    def take_back(self, response: Response) -> None:
        """Have the browser forget its token."""
        response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="lax", path="/")


def csrf_of(token: str) -> str:
    """The hidden field of this browser's forms: another site can neither read nor guess it."""
    return hmac.new(token.encode(), b"csrf", "sha256").hexdigest()


def proves(token: str | None, given: object) -> bool:
    """Whether a form comes from one of our pages in this browser."""
    return token is not None and isinstance(given, str) and hmac.compare_digest(csrf_of(token), given)
