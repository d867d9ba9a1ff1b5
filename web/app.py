"""The pages, as one application mounted beside the HTTP interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from temporalio.client import Client

from config.rates import RateLimited
from config.settings import Settings
from db.trouble import UNREACHABLE, is_passing
from domain.folding import folded
from notifications.links import BadLink
from web import example, sheets
from web.asking import Unanswered
from web.console.doors import Doors
from web.console.limits import limits
from web.desk import Desk
from web.headers import PrivateHeaders
from web.outbox import Outbox
from web.portal import limits as limits_of_links
from web.portal.limits import TooMany
from web.portal.signed import SignedLinks
from web.portal.visit import Dead, Expired
from web.rendering import FOLDER, page

Handler = Callable[[Request, Any], Awaitable[Response]]
RETRY_AFTER = {"Retry-After": "60"}

log = structlog.stdlib.get_logger("parcours.pages")


def create_pages(settings: Settings, engine: AsyncEngine, temporal: Client) -> Starlette:
    """The pages of a process; raise PolicyError when the policies cannot be read."""
    desk = Desk(settings, engine, temporal)
    signed, outbox = SignedLinks(desk), Outbox(desk)
    return Starlette(
        routes=[
            Route("/", partial(_home, desk)),
            Route("/accessibilite", _accessibility),
            Route("/fiches/{size:int}", sheets.show),
            Route("/exemple", partial(example.show, desk)),
            *outbox.routes(),
            Route("/l/{token}", signed.show, methods=["GET"]),
            Route("/l/{token}", signed.act, methods=["POST"]),
            *Doors(desk).routes(),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(PrivateHeaders), Middleware(RateLimited, **limits(settings))],
        exception_handlers=HANDLERS,
    )


async def _home(desk: Desk, _request: Request) -> Response:
    policies = desk.rulebook.current.values()
    names = sorted((policy.name for policy in policies), key=folded)
    return page("home", outboxes=desk.outboxes, development=desk.has_development_login, organisations=names)


async def _accessibility(_request: Request) -> Response:
    return page("accessibility")


async def _unknown_link(_request: Request, _error: BadLink) -> Response:
    return page("bad_link", status=404)


async def _expired_link(_request: Request, error: Expired) -> Response:
    return page("expired_link", status=410, organisation=error.policy)


async def _dead_link(_request: Request, error: Dead) -> Response:
    return page("dead_link", status=410, organisation=error.policy)


async def _unanswered(_request: Request, error: Unanswered) -> Response:
    return _unavailable(error.path)


async def _database(request: Request, error: Exception) -> Response:
    if not is_passing(error):
        raise error
    log.warning("the database does not answer", error=type(error).__name__)
    return _unavailable(request.url.path)


def _unavailable(path: str) -> Response:
    answer = page("unavailable", status=503, path=path)
    answer.headers.update(RETRY_AFTER)
    return answer


async def _refused(request: Request, error: HTTPException) -> Response:
    path = request.url.path
    room = next((it for it in ("/l/", "/console/") if path.startswith(it)), "/")
    answer = page("refused", status=error.status_code, code=error.status_code, room=room, path=path)
    answer.headers.update(error.headers or {})
    return answer


async def _broken(_request: Request, _error: Exception) -> Response:
    return page("broken", status=500)


HANDLERS: dict[Any, Handler] = {
    BadLink: _unknown_link,
    Expired: _expired_link,
    Dead: _dead_link,
    TooMany: limits_of_links.refuse,
    Unanswered: _unanswered,
    HTTPException: _refused,
    **dict.fromkeys(UNREACHABLE, _database),
    Exception: _broken,
}
