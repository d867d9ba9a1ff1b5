"""Contact details corrected by an agent (ENR-5)."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import model_validator

from activities import correcting
from activities.correcting import Correction, Gone, Moved
from activities.inbound.schemas import Contact
from api.auth import Reader
from api.identifiers import Siren
from api.journeys.access import open_dossier
from api.problems import Problem, documented
from api.services import Service
from db.tenancy import as_organisation

router = APIRouter(prefix="/v1/journeys", tags=["cases"])


class Details(Contact):
    """Who the enterprise is reached by; what is not said is not known any more."""

    @model_validator(mode="after")
    def _somewhere(self) -> Details:
        if not (self.email or self.phone):
            raise ValueError("give `email` or `phone`: without either nobody can reach the enterprise")
        return self


@router.put("/{siren}/contact", responses=documented(400, 401, 403, 404, 409, 413))
async def correct_contact(siren: Siren, body: Details, services: Service, caller: Reader) -> Contact:
    """Correct the contact details: used at once, and the address is asked to confirm; the same again is nothing new."""
    async with as_organisation(services.engine, caller.organisation) as connection:
        await open_dossier(services, connection, caller, siren)
        rulebook = await services.rulebook(connection)
    contact = Contact(**body.model_dump())
    correction = Correction(siren, contact, caller.name, organisation=caller.organisation)
    try:
        async with services.engine.begin() as connection:
            await correcting.correct(connection, rulebook, correction)
    except Gone:
        raise Problem(409, "What was kept of the persons of this file was erased: nothing is written there.") from None
    except Moved:
        raise Problem(403, "This enterprise belongs to another organisation: use one of its tokens.") from None
    return correction.contact
