"""``/console/administration/sessions``: who of the organisation is signed in, and the end of all sessions of one."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import accesses, sessions
from db.accesses import Access
from web.console.forms import text_of
from web.console.people import Person
from web.console.rendering import screen
from web.console.signing_in import ROLES
from web.desk import Desk

PATH = "/console/administration/sessions"
ENDED = "sessions ended"


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only; the table is closed to the role of row-level security: the query alone names the organisation."""
    async with desk.engine.connect() as connection:
        rows = await sessions.of_organisation(connection, person.organisation)
    return screen(
        "open_sessions",
        person=person,
        request=request,
        policy=desk.rulebook.current[person.organisation],
        rows=rows,
        roles=ROLES,
        done="Ses sessions sont terminées." if "fait" in request.query_params else None,
    )


async def act(desk: Desk, person: Person, _request: Request, form: FormData) -> Response:
    """End them, and write down whose."""
    subject = text_of(form, "personne")
    if not subject:
        raise HTTPException(400)
    async with desk.engine.begin() as connection:
        if not await sessions.end_all(connection, person.organisation, subject):
            raise HTTPException(404)
        line = Access(person.organisation, person.author, person.role, ENDED, subject=subject[:200])
        await accesses.note(connection, line)
    return RedirectResponse(f"{PATH}?fait", 303)
