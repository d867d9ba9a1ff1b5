"""The doors of the console: a session, a role, a form of ours, and a line of audit, before any page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from db.portfolio import places
from db.tenancy import as_organisation
from web.console import trail
from web.console.people import Person
from web.console.rendering import screen as shown
from web.console.routes import ENTERPRISE, SCREENS, Screen
from web.console.sessions import Sessions, csrf_of, proves
from web.console.signing_in import SignIns
from web.desk import Desk

SIGN_IN = "/console/connexion"
EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Doors:
    """The routes of the console."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sessions = Sessions(desk)

    def routes(self) -> Sequence[BaseRoute]:
        """Sign-in, sign-out and every screen."""
        home = Route("/console", _home)
        signing_in = SignIns(self._desk, self._sessions).routes()
        known = [home, *signing_in, *(self._route(it) for it in SCREENS)]
        return [*known, Route("/console/{rest:path}", partial(self._other, known), methods=EVERY_METHOD)]

    def _route(self, screen: Screen) -> Route:
        methods = [method for method, given in (("GET", screen.show), ("POST", screen.act)) if given]

        async def enter(request: Request) -> Response:
            return await self._enter(screen, request)

        return Route(screen.path, enter, methods=methods, name=screen.path)

    async def _other(self, known: Sequence[BaseRoute], request: Request) -> Response:
        """An address that is none, or is not asked that way: said within the console to whoever is signed in."""
        matches = [(route, *route.matches(request.scope)) for route in known]
        there = [(route, child) for route, match, child in matches if match is not Match.NONE]
        allowed = {method for route, _ in there for method in getattr(route, "methods", None) or ()}
        status, headers = (405, {"Allow": ", ".join(sorted(allowed))}) if there else (404, {})
        token, person = self._sessions.token(request), await self._sessions.person(request)
        if token is None or person is None:
            raise HTTPException(status, headers=headers)
        request.state.csrf = csrf_of(token)
        siren = there[0][1]["path_params"].get("siren") if there else None
        answer = refused(self._desk, person, request, status, siren)
        answer.headers.update(headers)
        return answer

    async def _enter(self, screen: Screen, request: Request) -> Response:
        token, person = self._sessions.token(request), await self._sessions.person(request)
        if token is None or person is None:
            return RedirectResponse(f"{SIGN_IN}?{urlencode({'suite': _back(screen, request)})}", 303)
        request.state.csrf = csrf_of(token)
        form = await request.form() if request.method == "POST" else None
        try:
            response = await self._admit(screen, person, request, token, form)
        except HTTPException as refusal:
            await trail.refused(self._desk, person, request, screen.path, form, refusal.status_code)
            return refused(self._desk, person, request, refusal.status_code)
        await trail.refused(self._desk, person, request, screen.path, form, response.status_code)
        return response

    async def _admit(
        self, screen: Screen, person: Person, request: Request, token: str, form: FormData | None
    ) -> Response:
        if person.role not in screen.roles:
            return self._refusal(person, request, "role")
        if form is not None:
            return await self._act(screen, person, request, token, form)
        return await self._show(screen, person, request)

    async def _show(self, screen: Screen, person: Person, request: Request) -> Response:
        if screen.show is None:
            raise LookupError(f"{screen.path} shows nothing")
        response = await screen.show(self._desk, person, request)
        if response.status_code < 400:
            await trail.read(self._desk, person, request, screen.path)
        return response

    async def _act(self, screen: Screen, person: Person, request: Request, token: str, form: FormData) -> Response:
        if screen.act is None:
            raise LookupError(f"{screen.path} has no form")
        if not proves(token, form.get("csrf")):
            return self._refusal(person, request, "form")
        await self._check_own(person, request)
        response = await screen.act(self._desk, person, request, form)
        if response.status_code < 400:
            await trail.decided(self._desk, person, request, screen.path, form)
        return response

    async def _check_own(self, person: Person, request: Request) -> None:
        """No form acts upon an enterprise of another organisation, whatever it forgets to check itself."""
        if siren := request.path_params.get("siren"):
            async with as_organisation(self._desk.engine, person.organisation) as connection:
                if siren not in await places(connection, [siren]):
                    raise HTTPException(404)

    def _refusal(self, person: Person, request: Request, why: str) -> Response:
        policy = self._desk.rulebook.current[person.organisation]
        return shown("forbidden", person=person, request=request, policy=policy, status=403, why=why)


def _back(screen: Screen, request: Request) -> str:
    """Where to go on after signing in: the page, or the one its form was on."""
    if screen.show is None:
        return ENTERPRISE.format(**request.path_params)
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return f"{request.url.path}{query}"


def refused(desk: Desk, person: Person, request: Request, status: int, siren: str | None = None) -> Response:
    """Why nothing came of it, and where to go on: the enterprise whose page has the form, or the day."""
    back = ENTERPRISE.format(siren=siren) if siren else None
    policy = desk.rulebook.current[person.organisation]
    return shown("refused", person=person, request=request, policy=policy, status=status, code=status, back=back)


async def _home(_request: Request) -> Response:
    return RedirectResponse("/console/", 308)
