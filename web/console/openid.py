"""Signing in and out at the provider of identities."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.identity.fetching import IssuerUnreachable
from config.identity.provider import Provider, Refused
from db import agents, sessions
from db.sessions import SignIn
from db.tenancy import as_organisation
from web.console import trail
from web.console.people import Person
from web.console.safe_paths import HOME, safe_path
from web.console.sessions import Proof, Sessions
from web.desk import Desk
from web.rendering import page

BACK = "/console/connexion/retour"
START = "/console/connexion/fournisseur"

log = structlog.stdlib.get_logger("parcours.sign_in")
Handler = Callable[[Request], Awaitable[Response]]


class OpenId:
    """The way to the provider and the way back."""

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self._desk, self._sessions = desk, sessions
        self._provider = Provider(desk.settings)
        self._back = f"{desk.settings.public_url}{BACK}"
        self._home = f"{desk.settings.public_url}/console/connexion"

    def routes(self) -> list[Route]:
        """Going is a link and no form: the provider may lead on to hosts that our ``form-action`` does not know."""
        return [Route(START, self._answered(self._start)), Route(BACK, self._answered(self._return))]

    async def sign_out_url(self, id_token: str) -> str | None:
        """Where to sign out at the provider; nowhere when it does not answer, since here it is done already."""
        try:
            return await self._provider.sign_out_url(id_token, self._home)
        except IssuerUnreachable as error:
            log.warning("signed out here only", reason=str(error))
            return None

    async def _start(self, request: Request) -> Response:
        path = safe_path(request.query_params.get("suite"))
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 64))
        token = self._sessions.sign_in_token(request) or secrets.token_urlsafe(32)
        answer = RedirectResponse(await self._provider.sign_in_url(self._back, state, nonce, verifier), 303)
        async with self._desk.engine.begin() as connection:
            await sessions.begin_sign_in(connection, token, SignIn(state, nonce, verifier, path))
        self._sessions.give_sign_in(answer, token)
        return answer

    async def _return(self, request: Request) -> Response:
        begun = await self._begun(request)
        if begun is None:
            return await self._once_more(request)
        await self._provider.check_origin(request.query_params)
        if "code" not in request.query_params:
            raise Refused("the provider gave no code")
        code = request.query_params["code"]
        claims, id_token = await self._provider.claims(code, self._back, begun.nonce, begun.verifier)
        known = self._sessions.people.recognise(claims)
        if known is None or known.organisation not in self._desk.rulebook.current:
            log.warning("a person without role or organisation was turned away")
            await trail.turned_away(self._desk, 403, str(claims["sub"]))
            return page("console/unknown_person", status=403)
        person = Person(known.subject, known.name, known.role, known.organisation, known.agent)
        await self._welcome(person)
        answer = RedirectResponse(begun.path, 303)
        await self._sessions.open(request, answer, person, Proof(claims, id_token))
        return answer

    async def _once_more(self, request: Request) -> Response:
        """« Back » after a sign-in leads to its answer again: who is signed in goes on, nobody else does."""
        if await self._sessions.person(request) is None:
            raise Refused("unknown, expired or used before")
        return RedirectResponse(HOME, 303)

    async def _begun(self, request: Request) -> SignIn | None:
        token, state = self._sessions.sign_in_token(request), request.query_params.get("state")
        if token is None or state is None:
            return None
        async with self._desk.engine.begin() as connection:
            return await sessions.take_sign_in(connection, token, state)

    async def _welcome(self, person: Person) -> None:
        """An agent exists here from the first sign-in on, untrained until a supervisor says so (ENR-3)."""
        if person.agent:
            async with as_organisation(self._desk.engine, person.organisation) as connection:
                await agents.ensure(connection, person.organisation, person.agent, trained=False)

    def _answered(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as error:
                log.warning("a sign-in was refused", reason=str(error))
                await trail.turned_away(self._desk, 401)
                return page("console/refused_sign_in", status=400)
            except IssuerUnreachable as error:
                log.warning("nobody can sign in", reason=str(error))
                return page("console/no_provider", status=503)

        return answer
