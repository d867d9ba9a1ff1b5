"""``calendar``: the personal agenda of an enterprise, for the calendars that subscribe to it (APT-5)."""

from __future__ import annotations

from collections.abc import Iterator
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
from domain.cases import Slot
from domain.rules.due_dates import NOON
from domain.space.appointments import AppointmentLine
from domain.space.due_lines import DONE, DueState
from domain.space.overview import Overview, standing_overview
from notifications.calendar import Entry
from notifications.feed import Mark, feed
from web.desk import Desk
from web.portal.visit import Visit

NAME = "Urssaf : mon parcours"
ASKED = {"both": "DSN et paiement", "payment": "Paiement", "declaration": "DSN"}
SAID = {DueState.PAID: " (payé)", DueState.NOTHING_DUE: " (rien à payer)", DueState.DECLARED: " (déclaré)"}


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Due dates, instalments, appointments and meetings ahead.

    Whoever knows the address sees dates: no amount, no number of the enterprise, no link that acts.
    """
    seen = await computed(standing_overview, visit.standing, visit.standing_world)
    async with desk.engine.connect() as connection:
        places = await meetings.places_of(connection, visit.link.siren, visit.now)
        entries = [await _appointment(connection, visit, it, it.slot) for it in seen.appointments if it.slot]
    entries += [_meeting(visit, it) for it in places]
    content = feed(NAME, [*_due(visit, seen), *_instalments(visit, seen), *_end(visit, seen)], entries, visit.now)
    headers = {"Content-Disposition": 'inline; filename="parcours.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from a calendar."""
    raise HTTPException(405, headers={"Allow": "GET"})


def _due(visit: Visit, seen: Overview) -> Iterator[Mark]:
    """What is declared is owed before noon; what is only paid, on the day. A plan that runs replaces the payment."""
    calendar = visit.world.calendar
    for due in seen.ahead:
        if due.asks is None and due.state not in DONE:
            continue
        title = f"Urssaf : {ASKED[due.asks or due.kind]}, {due.label}"
        at = due.due_on if (due.asks or due.kind) == "payment" else calendar.at(due.due_on, NOON)
        done = SAID.get(due.state, "") if due.asks is None else ""
        yield _mark(visit, f"due|{ASKED[due.kind]}|{due.label}", at, title + done)


def _instalments(visit: Visit, seen: Overview) -> Iterator[Mark]:
    for plan in seen.plans:
        for it in plan.instalments:
            paid = "" if it.left else " (payé)"
            title = f"Urssaf : échéance {it.number} de votre délai de paiement{paid}"
            yield _mark(visit, f"instalment|{plan.id}|{it.number}", it.due_on, title)


def _end(visit: Visit, seen: Overview) -> Iterator[Mark]:
    if seen.is_open:
        yield _mark(visit, "end", seen.ends_on, "Fin de votre parcours attentionné")


def _mark(visit: Visit, what: str, at: date | datetime, title: str) -> Mark:
    return Mark(uid_for(visit.link.siren, what), at, title)


async def _appointment(connection: AsyncConnection, visit: Visit, it: AppointmentLine, slot: Slot) -> Entry:
    policy = visit.world.current
    host = await agents.read(connection, visit.journey.organisation, slot.agent)
    details = appointment_details(it.format, organisation_of(policy), agent=host.name if host else None)
    place = place_of(it.format, policy.address)
    return Entry(uid_of(it.id), it.sequence, slot.starts_at, slot.minutes, title_of(policy.name), place, details)


def _meeting(visit: Visit, it: Row[Any]) -> Entry:
    uid = uid_for(visit.link.siren, it.id)
    details = meeting_details(it.kind, it.place, organisation_of(visit.world.current))
    return Entry(uid, it.sequence, it.starts_at, it.minutes, it.title, it.place, details)
