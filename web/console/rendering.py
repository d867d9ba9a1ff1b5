"""The pages of the console: who is signed in, where they are, and the token of their forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse

from domain.policy import Policy
from notifications.links import masked
from web.console.people import Person
from web.console.words import WORDS
from web.rendering import html

MENU = {
    "/console/": ("Ma journée", ("agent", "supervisor", "mediator", "admin")),
    "/console/portefeuille": ("Portefeuille", ("agent", "supervisor", "admin")),
    "/console/agenda": ("Agenda", ("agent", "supervisor", "admin")),
    "/console/reunions": ("Réunions", ("agent", "supervisor", "admin")),
    "/console/lettres": ("Lettres", ("supervisor", "admin")),
    "/console/encadrement": ("Encadrement", ("supervisor", "admin")),
    "/console/administration": ("Administration", ("admin",)),
}


def screen(
    template: str, *, person: Person, request: Request, policy: Policy | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """A page of ``templates/console/``: the menu of this person, ``csrf`` and ``operation`` for its forms.

    With a ``policy`` it has ``local``, which puts an instant in the organisation's time zone. No signed link of an
    enterprise is left in it, whoever wrote it there: an agent never acts as the enterprise.
    """

    def local(instant: datetime) -> datetime:
        return instant.astimezone(policy.calendar.zoneinfo if policy else instant.tzinfo)

    shown = {
        "person": person,
        "organisation": policy.name if policy else person.organisation,
        "menu": [(path, label) for path, (label, roles) in MENU.items() if person.role in roles],
        "here": _section(request.url.path),
        "csrf": request.state.csrf,
        "operation": uuid4(),
        "local": local,
        "words": WORDS,
    }
    return HTMLResponse(masked(html(f"console/{template}", {**shown, **context})), status)


def _section(path: str) -> str:
    """The entry of the menu that a page belongs to."""
    if path.startswith("/console/entreprises/"):
        return "/console/portefeuille"
    return next((it for it in reversed(MENU) if path.startswith(it)), "")
