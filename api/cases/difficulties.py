"""Difficulties told by the enterprise, promises to pay, mediation."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.asking import Answered, Asked
from api.cases.schemas import Difficulty, Mediation, Promise
from api.idempotency import Idempotent
from api.identifiers import Siren
from api.journeys.cases import incident_of
from api.journeys.schemas import Incident
from api.problems import documented
from api.services import Service, Services
from domain.requests import Ask

router = APIRouter(prefix="/v1/journeys", tags=["cases"], route_class=Idempotent)
ASKED = documented(400, 401, 403, 404, 409, 413)


class Acknowledged(BaseModel):
    """What happens next, in French."""

    detail: str


@router.post("/{siren}/difficulties", status_code=201, responses=ASKED)
async def announce_difficulty(siren: Siren, body: Difficulty, asked: Asked, services: Service) -> Incident:
    """Note a difficulty the enterprise announces; it gets an acknowledgement of receipt (INC-2)."""
    answered = await asked.journey(siren, Ask.DIFFICULTY, body.note, **body.plain())
    return _incident(answered, str(answered.reply.data["id"]), services)


@router.post("/{siren}/promises", responses=ASKED)
async def note_promise(siren: Siren, body: Promise, asked: Asked, services: Service) -> Incident:
    """Note a promise to pay on a day: follow-ups wait for it (INC-9)."""
    answered = await asked.journey(siren, Ask.PROMISE, body.note, **body.plain())
    return _incident(answered, body.incident, services)


def _incident(answered: Answered, incident: str, services: Services) -> Incident:
    journey = answered.dossier.journey
    return incident_of(journey.incidents[incident], journey, services.zone(journey.organisation))


@router.post("/{siren}/mediations", status_code=201, responses=ASKED)
async def ask_for_mediation(siren: Siren, body: Mediation, asked: Asked) -> Acknowledged:
    """Ask for mediation; 409 says why it cannot be asked for (MED-1)."""
    answered = await asked.journey(siren, Ask.MEDIATION, body.note)
    return Acknowledged(detail=answered.reply.detail)
