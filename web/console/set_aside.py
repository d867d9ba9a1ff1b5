"""``/console/administration/evenements/{event}``: an event that could not be applied, tried again or refused."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import unapplied
from db.refusals import Refused, Unknown
from db.tenancy import as_organisation
from web.console import administration
from web.console.forms import line_of
from web.console.people import Person
from web.desk import Desk

PATH = "/console/administration"


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """The list it stands in, where who signs in again goes on; 404 for an event that is not this organisation's."""
    number = administration.number_of(request.path_params["event"])
    async with as_organisation(desk.engine, person.organisation) as connection:
        if not await unapplied.is_known(connection, person.organisation, number):
            raise HTTPException(404)
    return RedirectResponse(f"{PATH}#evenements", 303)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Have it applied again, or refuse it for a reason that is kept."""
    number, action = administration.number_of(request.path_params["event"]), str(form.get("action"))
    if action not in ("reprise", "refus"):
        raise HTTPException(400)
    try:
        await (_refuse(desk, person, number, form) if action == "refus" else _retry(desk, person, number))
    except Refused as refusal:
        return await administration.shown_again(desk, person, request, str(refusal))
    except Unknown:
        raise HTTPException(404) from None
    return RedirectResponse(f"{PATH}?fait={action}#evenements", 303)


async def _retry(desk: Desk, person: Person, number: int) -> None:
    async with as_organisation(desk.engine, person.organisation) as connection:
        await unapplied.retry(connection, person.organisation, number, person.author)


async def _refuse(desk: Desk, person: Person, number: int, form: FormData) -> None:
    reason = line_of(form, "motif")
    if reason is None or len(reason) > unapplied.LONGEST_REASON:
        raise Refused(f"Indiquez pourquoi l'événement est refusé, en {unapplied.LONGEST_REASON} caractères au plus.")
    async with as_organisation(desk.engine, person.organisation) as connection:
        await unapplied.refuse(connection, person.organisation, number, person.author, reason)
