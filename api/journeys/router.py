"""Reading journeys."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request

from api import cursors
from api.auditing import shown
from api.auth import Reader
from api.identifiers import AgentName, Siren, Words
from api.journeys.access import Dossier, read_dossier, read_file, rulebook_of
from api.journeys.schemas import JourneyDetail, Journeys, MessageBody, Phase, TimelineEntry, UpcomingStep
from api.journeys.views import detail_of, entry_of, message_of, step_of, summary_of
from api.paging import Cursor, Limit, cut
from api.problems import documented
from api.services import Service
from config.computing import computed
from db.opening import MESSAGES, TIMELINE
from db.portfolio import Filters, page
from db.reading import RECEIPTS, by_message
from domain.forecast import forecast
from domain.rulebook import Rulebook

router = APIRouter(prefix="/v1/journeys", tags=["journeys"])
ONE = documented(400, 401, 403, 404)


async def _filters(
    phase: Annotated[Phase | None, Query()] = None,
    referent: Annotated[AgentName | None, Query()] = None,
    accountant: Annotated[bool | None, Query(description="Whether an accountant acts for it.")] = None,
    incident: Annotated[bool | None, Query(description="Whether an incident is open.")] = None,
    q: Annotated[Words | None, Query(description="Part of the name, or the beginning of the SIREN.")] = None,
) -> Filters:
    return Filters(phase, referent, accountant, incident, q)


@router.get("", responses=documented(400, 401, 403))
async def list_journeys(
    services: Service,
    caller: Reader,
    filters: Annotated[Filters, Depends(_filters)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Journeys:
    """The organisation's portfolio, in order of SIREN."""
    statement, values = page(caller.organisation, filters, _after(cursor), limit + 1)
    rows, last = cut(await services.own_rows.run(caller.organisation, statement, values), limit)
    items = shown([summary_of(row) for row in rows])
    return Journeys(items=items, next_cursor=cursors.encode(last.siren) if last else None)


def _after(cursor: str | None) -> str:
    if cursor is None:
        return ""
    [siren] = cursors.decode(cursor, 1)
    if not re.fullmatch(r"[0-9]{9}", siren):
        raise cursors.refused()
    return siren


@router.get("/{siren}", responses=ONE)
async def read_journey(siren: Siren, request: Request, services: Service, caller: Reader) -> JourneyDetail:
    """One journey; 404 says why an enterprise that is known did not enrol (ENR-1)."""
    dossier = await read_dossier(request, services, caller, siren)
    return detail_of(dossier.row, dossier.cases, services.zone(caller.organisation))


@router.get("/{siren}/timeline", responses=ONE)
async def read_timeline(siren: Siren, request: Request, services: Service, caller: Reader) -> list[TimelineEntry]:
    """What happened, when, by which rule, on which event (WHY-1)."""
    rows = await read_file(request, services, caller, siren, TIMELINE)
    zone = services.zone(caller.organisation)
    return [entry_of(row, zone) for row in rows if row.id is not None]


@router.get("/{siren}/upcoming", responses=ONE)
async def read_upcoming(siren: Siren, request: Request, services: Service, caller: Reader) -> list[UpcomingStep]:
    """What will happen if nothing new arrives, to the end of the journey (WHY-2)."""
    dossier = await read_dossier(request, services, caller, siren)
    rulebook = await rulebook_of(services, dossier.journey)
    return await computed(_ahead, dossier, rulebook, services.zone(caller.organisation))


def _ahead(dossier: Dossier, rulebook: Rulebook, zone: ZoneInfo) -> list[UpcomingStep]:
    return [step_of(step, zone) for step in forecast(dossier.journey, dossier.clock, rulebook)]


@router.get("/{siren}/messages", responses=ONE)
async def read_messages(siren: Siren, request: Request, services: Service, caller: Reader) -> list[MessageBody]:
    """Every message with its text and what became of it (COM-3)."""
    rows = await read_file(request, services, caller, siren, MESSAGES)
    receipts = by_message(await services.own_rows.run(caller.organisation, RECEIPTS, {"enterprise": siren}))
    zone = services.zone(caller.organisation)
    return [message_of(row, receipts.get(row.id, []), zone) for row in rows if row.id is not None]
