"""Every file opened, every list and every decision leaves a line before its answer leaves: no answer goes without.

Attempts that are refused leave one too, which the refusal does not depend on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Caller
from api.problems import answer, unavailable
from api.services import Services
from db.accesses import NOBODY, OUTCOMES, Access, note
from db.alone import Alone, Record
from db.opening import LINE
from db.tenancy import as_organisation
from domain.identifiers import InvalidIdentifier, parse_siren
from domain.state import Phase

UNHEARD = frozenset({"/v1/events"})
"""Events taken are lines of their own: the inbox keeps each for ever, with who sent it."""

NOTED = "noted"
"""In the state of a request whose line was written with what it read."""

OF_THE_PAGE = frozenset({"cursor", "limit"})
ID = re.compile(r"[A-Za-z0-9._:/-]{1,120}")
"""What may be written down as an id: a refused address may hold anything."""

LOST = "The database stopped answering: read again before you repeat what you asked."
Item = TypeVar("Item")

log = structlog.stdlib.get_logger("parcours.audit")


@dataclass
class Told:
    """What a handler says of its answer."""

    subject: str | None = None
    shown: int | None = None


_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


def shown(items: list[Item]) -> list[Item]:
    """The lines of a list, counted for the trail."""
    if told := _TOLD.get():
        told.shown = len(items)
    return items


def about(subject: str) -> str:
    """The id of what a request made, named in the trail."""
    if told := _TOLD.get():
        told.subject = subject
    return subject


class Audited:
    """Writes down what callers open, list, change, and try in vain."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        told, lost = Told(), False
        _TOLD.set(told)

        async def noted(message: Message) -> None:
            nonlocal lost
            if message["type"] == "http.response.start":
                lost = not await self._noted(scope, message["status"], told)
                if lost:
                    await answer(unavailable(LOST))(scope, receive, send)
            if not lost:
                await send(message)

        return await self._app(scope, receive, noted)

    async def _noted(self, scope: Scope, status: int, told: Told) -> bool:
        if status >= 400:
            await _refused(scope, status)
            return True
        access = _unnoted(scope, told)
        if access is None:
            return True
        try:
            await _note(scope["app"].state.services, access, alone=scope["method"] in ("GET", "HEAD"))
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


async def _refused(scope: Scope, status: int) -> None:
    """An attempt without a good token, or of somebody known upon what is not theirs or cannot be."""
    caller: Caller | None = scope.get("state", {}).get("caller")
    if status not in OUTCOMES or (caller is None and status != 401) or not _path(scope).startswith("/v1/"):
        return
    line = _line(scope, caller or _unknown(scope))
    subject = line.subject if line.subject and ID.fullmatch(line.subject) else None
    services: Services = scope["app"].state.services
    await services.refusals.note(replace(line, subject=subject, outcome=OUTCOMES[status]))


def _unknown(scope: Scope) -> Caller:
    """Whoever shows no token, or one that is not good: of the token nothing is kept."""
    shows = any(name == b"authorization" for name, _ in scope["headers"])
    return Caller("none", NOBODY, "unknown token" if shows else "anonymous")


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


def _unnoted(scope: Scope, told: Told) -> Access | None:
    state = scope.get("state", {})
    caller: Caller | None = state.get("caller")
    taken = scope["method"] == "POST" and _path(scope) in UNHEARD
    if caller is None or NOTED in state or taken:
        return None
    line = _line(scope, caller)
    asked = _asked(scope) if scope["method"] in ("GET", "HEAD") else None
    return replace(line, subject=line.subject or told.subject, asked=asked, shown=told.shown)


def _line(scope: Scope, caller: Caller) -> Access:
    named = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    siren = named.pop("siren", None) or Request(scope).query_params.get("siren", "")
    return Access(
        organisation=caller.organisation,
        author=caller.author,
        role=caller.role,
        action=f"{scope['method']} {_path(scope)}"[:120],
        siren=_siren(siren),
        subject="/".join(named.values()) or None,
        client=caller.client,
    )


def _asked(scope: Scope) -> str | None:
    """What a list was narrowed to."""
    given = QueryParams(scope["query_string"]).multi_items()
    return urlencode([it for it in given if it[0] not in OF_THE_PAGE])[:200] or None


def _path(scope: Scope) -> str:
    path: str = getattr(scope.get("route"), "path", "")
    return path


def _siren(text: str) -> str | None:
    try:
        return parse_siren(text)
    except InvalidIdentifier:
        return None
