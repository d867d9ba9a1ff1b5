"""What people wrote about an enterprise."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import Reader
from api.identifiers import Siren
from api.journeys.access import open_dossier
from api.masking import Shown
from api.problems import documented
from api.services import Service
from db import notes
from db.tenancy import as_organisation

router = APIRouter(prefix="/v1/journeys", tags=["cases"])


class Note(BaseModel):
    """A text, what it was said about, and by whom."""

    id: UUID
    at: datetime
    subject: str
    author: str | None
    text: Shown


@router.get("/{siren}/notes", responses=documented(400, 401, 403, 404))
async def read_notes(siren: Siren, services: Service, caller: Reader) -> list[Note]:
    """Reasons, notes and outcomes, newest first."""
    async with as_organisation(services.engine, caller.organisation) as connection:
        await open_dossier(services, connection, caller, siren)
        rows = await notes.of_journey(connection, siren)
    zone = services.zone(caller.organisation)
    return [Note(id=r.id, at=r.at.astimezone(zone), subject=r.subject, author=r.author, text=r.text) for r in rows]
