"""Every file opened and every decision leaves a line, before its answer leaves: no answer goes without."""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer, unavailable
from api.services import Services
from db.accesses import Access, note
from db.tenancy import as_organisation

SIREN = re.compile("[0-9]{9}")
UNHEARD = frozenset({"/v1/events"})
"""Events are lines of their own: the inbox keeps each for ever, with who sent it."""

LOST = "The database stopped answering: read again before you repeat what you asked."

log = structlog.stdlib.get_logger("parcours.audit")


class Audited:
    """Writes down what callers open, when it is about one enterprise, and whatever they change."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request."""

        lost = False

        async def noted(message: Message) -> None:
            nonlocal lost
            if message["type"] == "http.response.start" and message["status"] < 400:
                lost = not await self._noted(scope)
                if lost:
                    await answer(unavailable(LOST))(scope, receive, send)
            if not lost:
                await send(message)

        await self._app(scope, receive, noted if scope["type"] == "http" else send)

    async def _noted(self, scope: Scope) -> bool:
        access, reading = _access(scope), scope["method"] in ("GET", "HEAD")
        if access is None or (reading and not access.siren):
            return True
        services: Services = scope["app"].state.services
        try:
            async with _writing(services, access.organisation, alone=reading) as connection:
                await note(connection, access)
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.warning("an access could not be written down", error=type(error).__name__)
            return False
        return True


def _writing(services: Services, organisation: str, *, alone: bool) -> AbstractAsyncContextManager[AsyncConnection]:
    """What was only read is noted in one exchange, and nobody waits for the disk."""
    return services.own_rows.of(organisation) if alone else as_organisation(services.engine, organisation)


def _access(scope: Scope) -> Access | None:
    caller: Any = scope.get("state", {}).get("caller")
    path: str = getattr(scope.get("route"), "path", "")
    if caller is None or path in UNHEARD:
        return None
    named = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    siren = named.pop("siren", None) or Request(scope).query_params.get("siren", "").replace(" ", "")
    return Access(
        organisation=caller.organisation,
        author=caller.name,
        role=caller.role,
        action=f"{scope['method']} {path}"[:120],
        siren=siren if SIREN.fullmatch(siren) else None,
        subject="/".join(named.values()) or None,
    )
