"""The OpenAPI 3.1 description, and a page to read it without anything from elsewhere."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.events.documentation import schemas
from api.problems import MEDIA_TYPE, ProblemBody
from api.published import webhooks

TAGS = [
    {"name": "events", "description": "Events of Urssaf's systems, as CloudEvents 1.0 (role system)."},
    {"name": "journeys", "description": "Journeys of the caller's organisation (roles agent, supervisor, admin)."},
    {"name": "tasks", "description": "Work for agents, with deadlines."},
    {"name": "cases", "description": "Difficulties, payment plans, appointments: asked of the journey, which answers."},
    {"name": "indicators", "description": "What is counted of an organisation's journeys over a period."},
    {"name": "agents", "description": "Agents, written by their supervisor."},
    {"name": "meetings", "description": "Collective meetings and trainings, and the places in them (APT-5)."},
    {"name": "newsletters", "description": "Issues of the newsletter, by sector (REG-1; roles supervisor, admin)."},
    {"name": "subscriptions", "description": "Events out, as signed webhooks (roles system, admin)."},
    {"name": "webhooks", "description": "Delivery receipts of Twilio and SendGrid, signed by them."},
    {"name": "health", "description": "For machines that watch; no token."},
]
DESCRIPTION = (
    "One durable journey per young enterprise. Dates are ISO 8601, amounts decimal strings in euros. "
    "Errors are RFC 9457 problems whose `detail` says what to do."
)
STYLE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_templates = Environment(
    loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.filters["as_json"] = partial(json.dumps, indent=2, ensure_ascii=False)
_templates.filters["plain"] = lambda markdown: markdown.replace("`", "")


def publish(app: FastAPI) -> None:
    """Make the description of `app` what `/openapi.json` answers and `/docs` shows."""

    def description() -> dict[str, Any]:
        app.openapi_schema = app.openapi_schema or _description(app)
        return app.openapi_schema

    async def docs() -> HTMLResponse:
        return _page(description())

    app.openapi = description  # type: ignore[method-assign]
    app.add_api_route("/docs", docs, include_in_schema=False)


def _description(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Parcours", version="1", description=DESCRIPTION, routes=app.routes, tags=TAGS, openapi_version="3.1.0"
    )
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    components = document["components"]["schemas"]
    components |= {**problem.pop("$defs"), "ProblemBody": problem, **schemas()}
    _without_422(document, components)
    document["webhooks"] = webhooks()
    return document


def _without_422(document: dict[str, Any], components: dict[str, Any]) -> None:
    """FastAPI announces 422 for bad input, which is a 400 problem here."""
    for path in document["paths"].values():
        for operation in path.values():
            if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", {}):
                operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)


def _page(document: dict[str, Any]) -> HTMLResponse:
    """`/docs`: the description as one page."""
    html = _templates.get_template("docs.html.j2").render(api=document, operations=list(_operations(document)))
    return HTMLResponse(html, headers={"Content-Security-Policy": STYLE})


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
