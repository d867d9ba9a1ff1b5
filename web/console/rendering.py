"""The pages of the console: who is signed in, where they are, and the token of their forms."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from web.console.people import Person
from web.rendering import page

MENU = {
    "/console/": ("Ma journée", ("agent", "supervisor", "admin")),
    "/console/portefeuille": ("Portefeuille", ("agent", "supervisor", "admin")),
    "/console/agenda": ("Agenda", ("agent", "supervisor", "admin")),
    "/console/encadrement": ("Encadrement", ("supervisor", "admin")),
    "/console/administration": ("Administration", ("admin",)),
}


def screen(template: str, *, person: Person, request: Request, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of ``templates/console/``, with the menu of this person and ``csrf`` for its forms."""
    return page(
        f"console/{template}",
        status=status,
        person=person,
        menu=[(path, label) for path, (label, roles) in MENU.items() if person.role in roles],
        here=request.url.path,
        csrf=request.state.csrf,
        **context,
    )
