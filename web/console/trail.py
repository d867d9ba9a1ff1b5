"""What people at the console leave in the trail (``db.accesses``)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request

from db import accesses
from db.accesses import NOBODY, OUTCOMES, Access
from db.tenancy import as_organisation
from web.console.people import Person
from web.desk import Desk

SIREN = re.compile("[0-9]{9}")
SIGN_IN, SIGN_OUT, RIGHTS_ENDED = "sign_in", "sign_out", "rights_ended"
OF_THE_PAGE = frozenset({"fait", "confies", "annules", "apres", "avant"})


def about(request: Request, subject: object, siren: str | None = None) -> None:
    """Name what a form was about, when its address does not."""
    request.state.subject, request.state.about = str(subject), siren


def shown(request: Request, lines: int) -> None:
    """Say how many lines a list had."""
    request.state.shown = lines


async def read(desk: Desk, person: Person, request: Request, path: str) -> None:
    """A page was shown: of an enterprise, a task…, or a list with what it was narrowed to."""
    line = _line(person, request, "consultation" if request.path_params else f"consultation:{path}")
    asked = urlencode([it for it in request.query_params.multi_items() if it[0] not in OF_THE_PAGE and it[1]])
    line = replace(line, asked=asked[:200] or None, shown=getattr(request.state, "shown", None))
    async with as_organisation(desk.engine, person.organisation) as connection:
        await accesses.note(connection, line, at_once=False)


async def decided(desk: Desk, person: Person, request: Request, path: str, form: FormData) -> None:
    """A form did what it asks."""
    async with as_organisation(desk.engine, person.organisation) as connection:
        await accesses.note(connection, _line(person, request, _action(path, form)))


async def refused(desk: Desk, person: Person, request: Request, path: str, form: FormData | None, status: int) -> None:
    """A page or a form was not for this person, or could not be done."""
    if status in OUTCOMES:
        action = _action(path, form) if request.method == "POST" else f"consultation:{path}"
        await desk.refusals.note(replace(_line(person, request, action), outcome=OUTCOMES[status]))


def signed_in(person: Person) -> Access:
    """Somebody came in."""
    return Access(person.organisation, person.author, person.role, SIGN_IN)


async def turned_away(desk: Desk, status: int, author: str = "anonymous") -> None:
    """A sign-in that failed; ``author`` is the account of a person whom the provider knows and we do not."""
    outcome = OUTCOMES.get(status, OUTCOMES[401])
    await desk.refusals.note(Access(NOBODY, author[:200], "none", SIGN_IN, outcome=outcome))


def _line(person: Person, request: Request, action: str) -> Access:
    given: dict[str, Any] = dict(request.path_params)
    siren = str(given.pop("siren", "") or getattr(request.state, "about", None) or "")
    subject = "/".join(str(part) for part in given.values())[:200] or getattr(request.state, "subject", None)
    known = siren if SIREN.fullmatch(siren) else None
    return Access(person.organisation, person.author, person.role, action, known, subject)


def _action(path: str, form: FormData | None) -> str:
    """``/console/taches/{task}`` and, where a form has several buttons, the one that was pressed."""
    button = form and (form.get("action") or form.get("decision"))
    return ":".join(part for part in (path, button) if isinstance(part, str))[:120]
