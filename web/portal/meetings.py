"""``meetings``: the collective meetings and trainings of the organisation, a place taken or given up (APT-5)."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from db import meetings, records
from db.records import Entry
from db.refusals import Refused, Unknown
from domain.meetings import KINDS
from domain.step import ASKED_BY_ACCOUNTANT
from web.desk import Desk
from web.portal.subscription import subscription
from web.portal.visit import Visit
from web.rendering import page

DEEDS = {"inscrire": meetings.register, "desinscrire": meetings.leave}
DONE = {
    "inscrire": "Votre inscription est enregistrée : une confirmation vous est envoyée.",
    "desinscrire": "Votre place est rendue.",
}


async def show(desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """The calendar, with one's own places."""
    return await _page(desk, visit, done=DONE.get(query.get("fait", "")))


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Take a place or give it up; twice is once."""
    deed, meeting = str(form.get("acte")), str(form.get("reunion")).replace("\x00", "")
    if deed not in DEEDS:
        raise HTTPException(400)
    try:
        async with desk.engine.begin() as connection:
            await DEEDS[deed](connection, visit.journey.organisation, meeting, visit.link.siren, visit.now)
            if visit.is_accountant:
                line = ASKED_BY_ACCOUNTANT
                said = Entry(visit.link.siren, visit.now, line.kind, line.rule, line.summary)
                await records.write(connection, [said])
    except Refused as refusal:
        return await _page(desk, visit, status=409, problem=str(refusal))
    except Unknown:
        raise HTTPException(404) from None
    return RedirectResponse(f"{visit.path}?fait={deed}", 303)


async def _page(
    desk: Desk, visit: Visit, *, done: str | None = None, status: int = 200, problem: str | None = None
) -> Response:
    now = max(visit.now, datetime.now(UTC))
    async with desk.engine.connect() as connection:
        mine = await meetings.places_of(connection, visit.link.siren, now)
        listed = await meetings.listed(connection, visit.journey.organisation, now)
    taken = {row.id for row in mine}
    return page(
        "meetings",
        status=status,
        visit=visit,
        mine=mine,
        others=[row for row in listed if row.id not in taken and not row.cancelled],
        kinds=KINDS,
        can_register=visit.journey.is_open,
        subscription=subscription(desk, visit),
        done=done,
        problem=problem,
    )
