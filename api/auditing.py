"""Every file opened and every decision leaves a line, before its answer leaves: no answer goes without."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Caller
from api.problems import answer, unavailable
from api.services import Services
from db.accesses import Access, note
from db.alone import Alone, Record
from db.opening import LINE
from db.tenancy import as_organisation
from domain.identifiers import InvalidIdentifier, parse_siren
from domain.state import Phase

UNHEARD = frozenset({"/v1/events"})
"""Events are lines of their own: the inbox keeps each for ever, with who sent it."""

NOTED = "noted"
"""In the state of a request whose line was written with what it read."""

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
        access, reading = _unnoted(scope), scope["method"] in ("GET", "HEAD")
        if access is None or (reading and not access.siren):
            return True
        try:
            await _note(scope["app"].state.services, access, alone=reading)
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.warning("an access could not be written down", error=type(error).__name__)
            return False
        return True


async def _note(services: Services, access: Access, *, alone: bool) -> None:
    """What was only read is noted in one exchange, and nobody waits for the disk."""
    if alone:
        await services.own_rows.run(access.organisation, LINE, vars(access))
        return
    async with as_organisation(services.engine, access.organisation) as connection:
        await note(connection, access)


async def opened(request: Request, caller: Caller, statement: Alone, siren: str) -> Sequence[Record]:
    """The rows of a statement of ``db.opening``, with their line: none of a journey unknown or not begun.

    Raises a 503 problem when either fails.
    """
    services: Services = request.app.state.services
    line = vars(_line(request.scope, caller)) | {"siren": siren}
    try:
        rows = await services.own_rows.run(caller.organisation, statement, line)
    except DBAPIError as error:
        log.warning("a file could not be opened with its line", error=type(error.orig).__name__)
        raise unavailable(LOST) from error
    if not rows or rows[0].phase == Phase.CANDIDATE:
        return ()
    request.scope["state"][NOTED] = True
    return rows


def _unnoted(scope: Scope) -> Access | None:
    state = scope.get("state", {})
    caller: Caller | None = state.get("caller")
    return _line(scope, caller) if caller and NOTED not in state and _path(scope) not in UNHEARD else None


def _line(scope: Scope, caller: Caller) -> Access:
    named = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    siren = named.pop("siren", None) or Request(scope).query_params.get("siren", "")
    return Access(
        organisation=caller.organisation,
        author=caller.name,
        role=caller.role,
        action=f"{scope['method']} {_path(scope)}"[:120],
        siren=_siren(siren),
        subject="/".join(named.values()) or None,
    )


def _path(scope: Scope) -> str:
    path: str = getattr(scope.get("route"), "path", "")
    return path


def _siren(text: str) -> str | None:
    try:
        return parse_siren(text)
    except InvalidIdentifier:
        return None
