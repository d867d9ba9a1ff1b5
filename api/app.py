"""The application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from temporalio.client import Client

from api import (
    accesses,
    agents,
    availability,
    commitments,
    health,
    indicators,
    meetings,
    newsletters,
    openapi,
    problems,
    requests,
    subscriptions,
    tasks,
    webhooks,
)
from api.auditing import Audited
from api.auth import identify
from api.cases import appointments, contacts, difficulties, notes, plans
from api.events import router as events
from api.events import unapplied
from api.gauges import Gauges
from api.journeys import extensions, space
from api.journeys import router as journeys
from api.limits import limits
from api.metrics import Metrics
from api.middleware import Guarded, Observed
from api.services import Services
from config.policies import load_policies
from config.rates import RateLimited
from config.settings import Settings
from config.tracing import provider

ROUTERS = (
    events.router,
    unapplied.router,
    journeys.router,
    space.router,
    extensions.router,
    difficulties.router,
    plans.router,
    appointments.router,
    notes.router,
    contacts.router,
    requests.router,
    commitments.router,
    indicators.router,
    tasks.router,
    agents.router,
    availability.router,
    meetings.router,
    newsletters.router,
    accesses.router,
    subscriptions.router,
    webhooks.router,
    health.router,
)
UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
Handler = Callable[[Request, Exception], Awaitable[Response]]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_app(settings: Settings, engine: AsyncEngine, temporal: Client) -> FastAPI:
    """The HTTP interface, nothing at `/`; raises PolicyError when a policy file is refused."""
    policies = load_policies(settings.policies)
    metrics = Metrics(policies)
    app = FastAPI(title="Parcours", docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_traces())
    app.state.services = Services(settings, engine, temporal, policies, metrics, Gauges(engine, metrics))
    problems.handle_with(app)
    app.add_exception_handler(RequestValidationError, _known_first(problems.on_invalid))
    app.add_exception_handler(400, _known_first(problems.on_http))
    app.add_middleware(Audited)
    app.add_middleware(Guarded)
    app.add_middleware(RateLimited, **limits(settings))
    app.add_middleware(Observed, metrics=metrics)
    for router in ROUTERS:
        app.include_router(router)
    openapi.publish(app)
    # Pages are mounted at "/" behind: what is amiss under these is still answered by a problem.
    nothing = _nothing_among(tuple(app.routes))
    for area in ("v1", "webhooks"):
        app.add_api_route(f"/{area}/{{rest:path}}", nothing, methods=[*METHODS], include_in_schema=False)
    return app


def _known_first(handle: Handler) -> Handler:
    """FastAPI reads the body before it asks who calls: without a good token, what is wrong with it is not said."""

    async def handled(request: Request, error: Exception) -> Response:
        try:
            if request.url.path.startswith("/v1/") and not hasattr(request.state, "caller"):
                await identify(request)
        except problems.Problem as problem:
            return problems.answer(problem)
        return await handle(request, error)

    return handled


def _traces() -> TelemetryConfig:
    """Spans of requests when this process is traced; their metrics are our own, their exceptions stay in our logs."""
    return {
        "auto_configure": False,
        "tracing": provider() is not None,
        "tracer_provider": provider(),
        "metrics": False,
        "logs": False,
        "exclude": lambda scope: scope["path"] in UNTRACED,
    }


def _nothing_among(routes: Sequence[BaseRoute]) -> Callable[[Request], Awaitable[None]]:
    async def nothing_here(request: Request) -> None:
        allowed = [method for method in METHODS if _offered(routes, method, request.url.path)]
        if not allowed:
            raise HTTPException(404)
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})

    return nothing_here


def _offered(routes: Sequence[BaseRoute], method: str, path: str) -> bool:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
