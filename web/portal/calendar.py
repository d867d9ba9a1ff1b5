"""``calendar``: the personal agenda of an enterprise, for the calendars that subscribe to it (APT-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row
from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from activities.invitations import place_of, title_of, uid_of
from db import meetings
from domain.cases import PlanStatus
from domain.rules.term import shown_end
from notifications.calendar import Entry
from notifications.feed import WholeDay, feed
from web.desk import Desk
from web.portal.agenda import deadlines
from web.portal.visit import Visit

VALID_FOR = timedelta(days=1100)
"""As long as any journey lasts (EXT-2)."""

NAME = "Urssaf : mon parcours"


def address(desk: Desk, visit: Visit) -> str:
    """Where calendars subscribe: the link reads, and does nothing."""
    return desk.links.url("calendar", visit.link.siren, visit.now + VALID_FOR, holder=visit.link.holder)


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Due dates, instalments, appointments and meetings ahead; amounts stay out of what others may see."""
    async with desk.engine.connect() as connection:
        places = await meetings.places_of(connection, visit.link.siren, visit.now)
    entries = [*_appointments(visit), *_meetings(visit, places)]
    content = feed(NAME, [*_due(visit), *_instalments(visit), *_end(visit)], entries, visit.now)
    headers = {"Content-Disposition": 'inline; filename="parcours.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from a calendar."""
    raise HTTPException(405, headers={"Allow": "GET"})


def _due(visit: Visit) -> Iterator[WholeDay]:
    for due in deadlines(visit):
        paid = " (payé)" if due.payable and due.settled else ""
        yield _day(visit, f"due|{due.label}|{due.period}", due.on, f"Urssaf : {due.label}, {due.period}{paid}")


def _instalments(visit: Visit) -> Iterator[WholeDay]:
    for plan in visit.journey.plans.values():
        if plan.status is PlanStatus.RUNNING:
            for rank, it in enumerate(plan.instalments, 1):
                title = f"Urssaf : échéance {rank} de votre délai de paiement"
                yield _day(visit, f"instalment|{plan.id}|{rank}", it.due_on, title)


def _end(visit: Visit) -> Iterator[WholeDay]:
    if visit.journey.is_open:
        on = shown_end(visit.journey, visit.world.policy)
        yield _day(visit, "end", on, "Fin de votre parcours attentionné")


def _day(visit: Visit, what: str, on: Any, title: str) -> WholeDay:
    uid = blake2b(f"{visit.link.siren}|{what}".encode(), digest_size=12).hexdigest()
    return WholeDay(uid_of(uid), on, title)


def _appointments(visit: Visit) -> Iterator[Entry]:
    policy = visit.world.current
    for it in visit.standing.appointments.values():
        if it.is_booked and it.slot:
            when = (it.sequence, it.slot.starts_at, it.slot.minutes, policy.zone)
            yield Entry(uid_of(it.id), *when, title_of(policy.name), place_of(it.format, policy.address))


def _meetings(visit: Visit, places: Sequence[Row[Any]]) -> Iterator[Entry]:
    for it in places:
        known = visit.journey.registrations.get(it.id)
        sequence = known.sequence if known else 0
        yield Entry(uid_of(it.id), sequence, it.starts_at, it.minutes, visit.world.current.zone, it.title, it.place)
