"""``calendar``: the personal agenda of an enterprise, for the calendars that subscribe to it (APT-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from activities.invitations import appointment_details, meeting_details, place_of, title_of, uid_for, uid_of
from activities.wording import organisation_of
from config.computing import computed
from db import agents, meetings
from domain.cases import Appointment, PlanStatus, Slot
from domain.rules.due_dates import NOON
from domain.rules.term import shown_end
from notifications.calendar import Entry
from notifications.feed import Mark, feed
from web.desk import Desk
from web.portal.agenda import deadlines
from web.portal.visit import Visit

NAME = "Urssaf : mon parcours"


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Due dates, instalments, appointments and meetings ahead.

    Whoever knows the address sees dates: no amount, no number of the enterprise, no link that acts.
    """
    async with desk.engine.connect() as connection:
        places = await meetings.places_of(connection, visit.link.siren, visit.now)
        entries = [await _appointment(connection, visit, it, slot) for it, slot in _booked(visit)]
    entries += [_meeting(visit, it) for it in places]
    content = await computed(_content, visit, entries)
    headers = {"Content-Disposition": 'inline; filename="parcours.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


def _content(visit: Visit, entries: Sequence[Entry]) -> bytes:
    return feed(NAME, [*_due(visit), *_instalments(visit), *_end(visit)], entries, visit.now)


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from a calendar."""
    raise HTTPException(405, headers={"Allow": "GET"})


def _due(visit: Visit) -> Iterator[Mark]:
    """What is declared is owed before noon; what is only paid, on the day."""
    calendar = visit.world.calendar
    for due in deadlines(visit):
        paid = " (payé)" if due.payable and due.settled else ""
        at = due.on if due.kind == "payment" else calendar.at(due.on, NOON)
        yield _mark(visit, f"due|{due.label}|{due.period}", at, f"Urssaf : {due.label}, {due.period}{paid}")


def _instalments(visit: Visit) -> Iterator[Mark]:
    for plan in visit.journey.plans.values():
        if plan.status is PlanStatus.RUNNING:
            for rank, it in enumerate(plan.instalments, 1):
                title = f"Urssaf : échéance {rank} de votre délai de paiement"
                yield _mark(visit, f"instalment|{plan.id}|{rank}", it.due_on, title)


def _end(visit: Visit) -> Iterator[Mark]:
    if visit.journey.is_open:
        on = shown_end(visit.journey, visit.world.policy)
        yield _mark(visit, "end", on, "Fin de votre parcours attentionné")


def _mark(visit: Visit, what: str, at: date | datetime, title: str) -> Mark:
    return Mark(uid_for(visit.link.siren, what), at, title)


def _booked(visit: Visit) -> Iterator[tuple[Appointment, Slot]]:
    for it in visit.standing.appointments.values():
        if it.is_booked and it.slot:
            yield it, it.slot


async def _appointment(connection: AsyncConnection, visit: Visit, it: Appointment, slot: Slot) -> Entry:
    policy = visit.world.current
    host = await agents.read(connection, visit.journey.organisation, slot.agent)
    details = appointment_details(it.format, organisation_of(policy), agent=host.name if host else None)
    place = place_of(it.format, policy.address)
    return Entry(uid_of(it.id), it.sequence, slot.starts_at, slot.minutes, title_of(policy.name), place, details)


def _meeting(visit: Visit, it: Row[Any]) -> Entry:
    uid = uid_for(visit.link.siren, it.id)
    details = meeting_details(it.kind, it.place, organisation_of(visit.world.current))
    return Entry(uid, it.sequence, it.starts_at, it.minutes, it.title, it.place, details)
