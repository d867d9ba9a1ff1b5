"""The pages of the console: who is signed in, where they are, and the token of their forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse

from domain.policy import Policy
from domain.vocabulary import event_name, named
from notifications.links import masked
from web.console.people import Person
from web.console.words import WORDS, author_named
from web.rendering import html

NOBODY: Mapping[str, str] = MappingProxyType({})
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
    template: str,
    *,
    person: Person,
    request: Request,
    policy: Policy,
    status: int = 200,
    people: Mapping[str, str] = NOBODY,
    **context: Any,
) -> HTMLResponse:
    """A page of ``templates/console/``: the menu of this person, ``csrf`` and ``operation`` for its forms.

    It has ``local``, which puts an instant in the organisation's time zone, ``who``, which names an account, and
    ``named``, which names those in a stored line, by the names of ``people``. No signed link of an enterprise is left
    in it, whoever wrote it there: an agent never acts as the enterprise.
    """

    def local(instant: datetime) -> datetime:
        return instant.astimezone(policy.calendar.zoneinfo)

    def who(account: str | None) -> str:
        return author_named(account, people)

    shown = {
        "person": person,
        "organisation": policy.name,
        "menu": [(path, label) for path, (label, roles) in MENU.items() if person.role in roles],
        "here": _section(request.url.path),
        "csrf": request.state.csrf,
        "operation": uuid4(),
        "local": local,
        "who": who,
        "named": partial(named, names=people),
        "event": event_name,
        "words": WORDS,
    }
    return HTMLResponse(masked(html(f"console/{template}", {**shown, **context})), status)


def _section(path: str) -> str:
    """The entry of the menu that a page belongs to."""
    if path.startswith("/console/entreprises/"):
        return "/console/portefeuille"
    return next((it for it in reversed(MENU) if path.startswith(it)), "")
