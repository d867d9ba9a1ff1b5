"""``/console/entreprises/{siren}/messages/{message}``: why a message left, or did not."""

from __future__ import annotations

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from activities import explaining
from activities.explaining import Trace
from db import audit, reading, roster
from db.tenancy import as_organisation
from web.console.dossier import open_dossier
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """The rule, the event, the facts of that moment, the receipts."""
    async with as_organisation(desk.engine, person.organisation) as connection:
        dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
        timeline = await reading.timeline_of(connection, dossier.siren)
        letters = await reading.messages_of(connection, dossier.siren)
        row = next((it for it in letters if it.id == _id(request)), None)
        if row is None:
            raise HTTPException(404)
        behind = await audit.events_of(connection, dossier.siren, [row.event_id]) if row.event_id else []
        receipts = await reading.receipts_of(connection, dossier.siren)
        people = await roster.names(connection, person.organisation)
    known = explaining.Dossier(dossier.journey, dossier.world.policy, timeline, letters, ())
    trace = Trace(row, behind, receipts.get(row.id, []))
    return screen(
        "reasons",
        person=person,
        request=request,
        policy=dossier.world.current,
        people=people,
        dossier=dossier,
        letter=row,
        told=explaining.told(known, trace),
        facts=list(explaining.facts(known, row)),
        receipts=list(explaining.receipts(known, trace)),
    )


def _id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["message"])
    except ValueError:
        raise HTTPException(404) from None
