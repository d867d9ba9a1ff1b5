"""Who a request comes from: a random token in the browser, its session in the database."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from config.identity.people import People
from config.sealing import Seal
from db import accesses, sessions
from web.console import trail
from web.console.people import Person
from web.desk import Desk


@dataclass(frozen=True)
class Proof:
    """What a provider said of who signed in."""

    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)


log = structlog.stdlib.get_logger("parcours.sign_in")


class Sessions:
    """The sessions of the console; the token of a browser that has not signed in yet only proves its forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._engine = desk, desk.engine
        self._secure = desk.settings.public_url.startswith("https://")
        self._people = People(desk.settings)
        self._seal = Seal(desk.settings.secret_key)
        prefix = "__Host-" if self._secure else ""
        self.cookie, self._sign_in_cookie = f"{prefix}parcours", f"{prefix}parcours-connexion"

    @property
    def people(self) -> People:
        """Who may come."""
        return self._people

    def token(self, request: Request) -> str | None:
        """What the browser holds."""
        return request.cookies.get(self.cookie)

    async def person(self, request: Request) -> Person | None:
        """Who is signed in; nobody once the session is idle, too old or ended, or its rights are gone."""
        if (token := self.token(request)) is None:
            return None
        async with self._engine.begin() as connection:
            row = await sessions.find(connection, token)
            if row and not self._has_rights(row):
                log.warning("a session ended with the rights that it was opened with", role=row.role)
                await accesses.note(connection, replace(trail.signed_in(_person(row)), action=trail.RIGHTS_ENDED))
                row = await sessions.revoke(connection, token) and None
        return row and _person(row)

    def _has_rights(self, row: Row[Any]) -> bool:
        """Whether who signed in would be the same person today, by what the provider said then."""
        if row.organisation not in self._desk.rulebook.current:
            return False
        if row.claims is None:
            return self._desk.has_development_login
        claims = self._seal.open_or_none(row.claims)
        known = self._people.recognise(json.loads(claims)) if claims else None
        return known is not None and (known.role, known.organisation, known.agent) == (
            row.role,
            row.organisation,
            row.agent,
        )

    async def open(self, request: Request, response: Response, person: Person, proof: Proof | None = None) -> None:
        """Sign in under a token that nobody knew before; the browser's session before that ends."""
        token, old = secrets.token_urlsafe(32), self.token(request)
        identity = {name: getattr(person, name) for name in ("subject", "name", "role", "organisation", "agent")}
        if proof:
            basis = json.dumps(self._people.basis(proof.claims))
            identity |= {"id_token": self._seal.close(proof.id_token), "claims": self._seal.close(basis)}
        async with self._engine.begin() as connection:
            if old:
                await sessions.revoke(connection, old)
            await sessions.open_session(connection, token, **identity)
            await accesses.note(connection, trail.signed_in(person))
        self.give(response, token)

    def sign_in_token(self, request: Request) -> str | None:
        """What the browser holds of the sign-ins that it began, apart from its session: beginning one ends none."""
        return request.cookies.get(self._sign_in_cookie)

    def give_sign_in(self, response: Response, token: str) -> None:
        """Leave it with the browser, for all its tabs, as long as a sign-in may take."""
        self._set(response, self._sign_in_cookie, token, int(sessions.SIGN_IN.total_seconds()))

    async def close(self, request: Request, response: Response) -> str | None:
        """Sign out, here and in the database; the ``id_token`` of the provider, to sign out there too."""
        self.take_back(response)
        if (token := self.token(request)) is None:
            return None
        async with self._engine.begin() as connection:
            ended = await sessions.revoke(connection, token)
            if ended:
                await accesses.note(connection, replace(trail.signed_in(_person(ended)), action=trail.SIGN_OUT))
        return self._id_token(ended) if ended else None

    def _id_token(self, ended: Row[Any]) -> str | None:
        return ended.id_token and self._seal.open_or_none(ended.id_token)

    def give(self, response: Response, token: str) -> None:
        """Leave a token with the browser, until it is closed."""
        self._set(response, self.cookie, token)

    def _set(self, response: Response, cookie: str, token: str, seconds: int | None = None) -> None:
        response.set_cookie(cookie, token, seconds, secure=self._secure, httponly=True, samesite="lax", path="/")

    def take_back(self, response: Response) -> None:
        """Have the browser forget its token."""
        response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="lax", path="/")


def _person(row: Row[Any]) -> Person:
    return Person(row.subject, row.name, row.role, row.organisation, row.agent)


def csrf_of(token: str) -> str:
    """The hidden field of this browser's forms: another site can neither read nor guess it."""
    return hmac.new(token.encode(), b"csrf", "sha256").hexdigest()


def proves(token: str | None, given: object) -> bool:
    """Whether a form comes from one of our pages in this browser."""
    if token is None or not isinstance(given, str):
        return False
    return hmac.compare_digest(csrf_of(token).encode(), given.encode(errors="surrogatepass"))
