"""What was asked of an organisation, and its answers in writing (ASK-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection

from api.asking import Asking
from api.auth import Caller, Reader, TaskHolder
from api.cases.schemas import CaseId
from api.idempotency import Idempotent, Operation
from api.identifiers import Siren, Text
from api.journeys.access import open_dossier
from api.masking import Shown
from api.problems import Problem, documented
from api.services import Service, Services
from api.tasks import OBJECTIONS
from db import asked as asked_requests
from db import notes
from db.events import reason_of
from db.tenancy import as_organisation
from domain.authority import objection_to
from domain.cases import Answer, Remission, RemissionDecision
from domain.requests import Ask
from domain.rules.answers import Asked, in_hand, is_answered, requests_of
from domain.rules.remissions import in_words
from domain.state import Journey

router = APIRouter(prefix="/v1", tags=["cases"], route_class=Idempotent)


URSSAF = "urssaf"
"""The author of what Urssaf's systems decided."""


class Said(BaseModel):
    """One text of a thread; `author` is who wrote it, `urssaf` for a decision on a remission."""

    at: datetime
    author: str
    text: Shown
    sheets: list[str] = []


class RequestShown(BaseModel):
    """A request: what it is, until when its answer is promised, what was written."""

    id: str
    kind: str
    motive: str | None = None
    text: str | None = None
    by: str | None = None
    status: Literal["open", "paused", "answered", "withdrawn"]
    answer_by: datetime | None
    thread: list[Said]
    files: list[str] = []


class AnswerGiven(BaseModel):
    """The answer as the enterprise will read it; `oral` when it was said too."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    sheets: list[str] = []
    oral: bool = False


@router.get("/journeys/{siren}/requests", responses=documented(400, 401, 403, 404))
async def list_requests(siren: Siren, services: Service, caller: Reader) -> list[RequestShown]:
    """What the enterprise asked, the oldest first."""
    async with as_organisation(services.engine, caller.organisation) as connection:
        dossier = await open_dossier(services, connection, caller, siren)
        journey = dossier.journey
        return [await _shown(connection, journey, it) for it in requests_of(journey)]


@router.post("/requests/{request}/answer", responses=documented(400, 401, 403, 404, 409, 413))
async def answer_request(
    request: Annotated[CaseId, Path()], body: AnswerGiven, services: Service, caller: TaskHolder, operation: Operation
) -> RequestShown:
    """Answer in writing: the letter leaves at once, and the clock stops when it has left; 409 when answered before.

    Whoever may not end its task may not answer it either: a mediation is answered by a mediator or a supervisor, and
    never by somebody it is about (MED-1).
    """
    async with as_organisation(services.engine, caller.organisation) as connection:
        siren = await _authorised(connection, services, caller, request)
    asking = Asking(services, caller, operation)
    journey = (await asking.journey(siren, Ask.ANSWER, body.text, request=request)).dossier.journey
    async with as_organisation(services.engine, caller.organisation) as connection:
        return await _shown(connection, journey, next(it for it in requests_of(journey) if it.id == request))


async def _authorised(connection: AsyncConnection, services: Services, caller: Caller, request: str) -> str:
    """The enterprise of a request that is the caller's to answer; raises a 403 or 404 problem."""
    siren = await asked_requests.siren_of(connection, request)
    journey = (await open_dossier(services, connection, caller, siren)).journey if siren else None
    asked = next((it for it in requests_of(journey) if it.id == request), None) if journey else None
    if siren is None or journey is None or asked is None:
        raise Problem(404, "No such request: take its id from the journey's requests.")
    if objection := objection_to(in_hand(journey, asked), caller.role, caller.agent):
        raise Problem(403, OBJECTIONS[objection])
    return siren


async def _shown(connection: AsyncConnection, journey: Journey, known: Asked) -> RequestShown:
    return RequestShown(
        id=known.id,
        kind=known.kind,
        status=request_status(journey, known),
        answer_by=known.commitment and known.commitment.due_at,
        thread=await _thread(connection, journey, known),
    )


def request_status(journey: Journey, known: Asked) -> Literal["open", "paused", "answered"]:
    """Where a request stands."""
    if is_answered(journey, known):
        return "answered"
    return "paused" if known.commitment and known.commitment.paused_at else "open"


async def _thread(connection: AsyncConnection, journey: Journey, known: Asked) -> list[Said]:
    """What was written, and decided on a remission by Urssaf (INC-12), the oldest first."""
    given, remission = journey.answers.get(known.id), journey.remissions.get(known.id)
    said = [await _said(connection, journey, given)] if given else []
    if remission:
        said += [await _decided(connection, journey, remission, it) for it in remission.decisions]
    return sorted(said, key=lambda it: it.at)


async def _decided(
    connection: AsyncConnection, journey: Journey, remission: Remission, decision: RemissionDecision
) -> Said:
    reason = await reason_of(connection, journey.siren, decision.event_id)
    lines = filter(None, (f"{in_words(remission, decision)}.", reason))
    return Said(at=decision.at, author=URSSAF, text="\n".join(lines))


async def _said(connection: AsyncConnection, journey: Journey, given: Answer) -> Said:
    texts = await notes.read(connection, journey.siren, [given.note])
    return Said(at=given.at, author=given.by, text=texts.get(given.note, ""))
