"""``/console/connexion`` and ``/console/deconnexion``."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import urlencode

import structlog
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from config.tokens import Role
from web.console import trail
from web.console.development import people
from web.console.openid import START, OpenId
from web.console.people import Person
from web.console.safe_paths import safe_path
from web.console.sessions import Sessions, csrf_of, proves
from web.desk import Desk
from web.rendering import page

EXPIRED = "Ce formulaire a expiré : choisissez à nouveau."
ROLES: dict[Role, str] = {
    "agent": "Gestionnaire référent",
    "supervisor": "Encadrement",
    "mediator": "Médiation",
    "admin": "Administration",
}

log = structlog.stdlib.get_logger("parcours.sign_in")


class SignIns:
    """How people come in and leave."""

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self._desk, self._sessions = desk, sessions
        self._development = desk.has_development_login
        if self._development:
            log.warning("whoever reaches the console may choose who to be", variable="PARCOURS_CONSOLE_LOGIN")
        self._openid = OpenId(desk, sessions) if desk.settings.oidc_issuer else None

    def routes(self) -> Sequence[BaseRoute]:
        """The addresses that need no session; the development login is only there when the settings say so."""
        development = [Route("/console/connexion", self._choose, methods=["POST"])] if self._development else []
        return [
            Route("/console/connexion", self._show, methods=["GET"]),
            *development,
            *(self._openid.routes() if self._openid else []),
            Route("/console/deconnexion", self._leave, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        path = safe_path(request.query_params.get("suite"))
        if not self._development and await self._sessions.person(request):
            return RedirectResponse(path, 303)
        return await self._offer(request, path)

    async def _offer(self, request: Request, path: str, *, status: int = 200, problem: str = "") -> Response:
        token = self._sessions.token(request) or secrets.token_urlsafe(32)
        known = await people(self._desk) if self._development else []
        answer = page(
            "console/sign_in",
            status=status,
            people=known,
            roles=ROLES,
            organisations=self._desk.rulebook.current,
            path=path,
            provider=self._openid and f"{START}?{urlencode({'suite': path})}",
            csrf=csrf_of(token),
            problem=problem,
        )
        self._sessions.give(answer, token)
        return answer

    async def _choose(self, request: Request) -> Response:
        form = await request.form()
        path = safe_path(form.get("suite"))
        person = await self._chosen(form)
        if not proves(self._sessions.token(request), form.get("csrf")) or person is None:
            await trail.turned_away(self._desk, 403)
            return await self._offer(request, path, status=403, problem=EXPIRED)
        answer = RedirectResponse(path, 303)
        await self._sessions.open(request, answer, person)
        return answer

    async def _chosen(self, form: FormData) -> Person | None:
        given = form.get("person")
        return next((it for it in await people(self._desk) if it.subject == given), None)

    async def _leave(self, request: Request) -> Response:
        form = await request.form()
        if not proves(self._sessions.token(request), form.get("csrf")):
            raise HTTPException(403)
        answer: Response = RedirectResponse("/console/connexion", 303)
        id_token = await self._sessions.close(request, answer)
        if self._openid and id_token and (url := await self._openid.sign_out_url(id_token)):
            answer = page("console/signed_out", url=url)
            self._sessions.take_back(answer)
        return answer
