"""``/console/entreprises/{siren}/coordonnees``: contact details put right by an agent (ENR-5)."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from activities import correcting
from activities.correcting import Correction, Gone, Moved
from db.tenancy import as_organisation
from web.console.dossier import open_dossier
from web.console.enterprise import Trouble, enterprise
from web.console.people import Person
from web.contact_form import contact_of, written
from web.desk import Desk

PLACE = "coordonnees"
ERASED = "Les données des personnes de ce dossier ont été effacées : on n'y inscrit plus rien."


async def correct(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Make what was typed the details of the enterprise; the same again changes nothing."""
    contact = contact_of(form)
    if isinstance(contact, dict):
        detail = " ".join(contact.values())
        return await enterprise(desk, person, request, Trouble(PLACE, detail, 422, written(form)))
    try:
        async with as_organisation(desk.engine, person.organisation) as connection:
            dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
        async with desk.engine.begin() as connection:
            correction = Correction(dossier.siren, contact, person.author, organisation=person.organisation)
            await correcting.correct(connection, dossier.rulebook, correction)
    except Gone:
        return await enterprise(desk, person, request, Trouble(PLACE, ERASED, 409, written(form)))
    except Moved:
        raise HTTPException(404) from None
    return RedirectResponse(f"{dossier.path}?fait={PLACE}#{PLACE}", 303)
