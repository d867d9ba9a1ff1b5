"""``calendar``: the personal agenda of an enterprise, for the calendars that subscribe to it (APT-5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row
from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from activities.invitations import appointment_details, meeting_details, place_of, title_of, uid_for, uid_of
from activities.wording import organisation_of
from config.computing import computed
from db import meetings
from domain.calendar import Calendar
from domain.policy import Policy
from domain.rules.due_dates import NOON
from domain.space.debts import InstalmentLine
from domain.space.due_lines import DONE, DueLine, DueState
from domain.space.overview import Overview, standing_overview
from notifications.calendar import Entry
from notifications.feed import Mark, feed
from web.desk import Desk
from web.portal.overview import Host, hosts_of
from web.portal.visit import Visit

NAME = "Urssaf : mon parcours"
ASKED = {"both": "DSN et paiement", "payment": "Paiement", "declaration": "DSN"}
SAID = {DueState.PAID: " (payé)", DueState.NOTHING_DUE: " (rien à payer)", DueState.DECLARED: " (déclaré)"}


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """Due dates, instalments, appointments and meetings ahead.

    Whoever knows the address sees dates: no amount, no number of the enterprise, no link that acts.
    """
    siren, policy = visit.link.siren, visit.world.current
    seen = await computed(standing_overview, visit.standing, visit.standing_world)
    async with desk.engine.connect() as connection:
        places = await meetings.places_of(connection, siren, visit.now)
        hosts = await hosts_of(connection, visit, seen)
    entries = [*booked(seen, policy, hosts), *(_meeting(visit, it) for it in places)]
    content = feed(NAME, marks(seen, siren, policy.calendar), entries, visit.now)
    headers = {"Content-Disposition": 'inline; filename="parcours.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


async def act(_desk: Desk, _visit: Visit, _form: FormData) -> Response:
    """Nothing can be done from a calendar."""
    raise HTTPException(405, headers={"Allow": "GET"})


def marks(seen: Overview, siren: str, calendar: Calendar) -> Iterator[Mark]:
    """What falls on a day: due dates, instalments of plans that run, the end."""
    for due in seen.ahead:
        if due.asks or due.state in DONE:
            yield _due(due, siren, calendar)
    for plan in seen.plans:
        yield from (_instalment(it, siren) for it in plan.instalments)
    if seen.is_open:
        yield Mark(uid_for(siren, "end"), seen.ends_on, "Fin de votre parcours attentionné")


def _due(due: DueLine, siren: str, calendar: Calendar) -> Mark:
    """What is declared is owed before noon; what is only paid, on the day. A plan that runs replaces the payment."""
    asked = due.asks or due.kind
    at = due.due_on if asked == "payment" else calendar.at(due.due_on, NOON)
    done = "" if due.asks else SAID.get(due.state, "")
    # Its identity stays the same whatever is left to do.
    return Mark(uid_for(siren, f"due|{ASKED[due.kind]}|{due.label}"), at, f"Urssaf : {ASKED[asked]}, {due.label}{done}")


def _instalment(it: InstalmentLine, siren: str) -> Mark:
    paid = "" if it.left else " (payé)"
    title = f"Urssaf : échéance {it.number} de votre délai de paiement{paid}"
    return Mark(uid_for(siren, f"instalment|{it.plan}|{it.number}"), it.due_on, title)


def booked(seen: Overview, policy: Policy, hosts: Mapping[str, Host]) -> Iterator[Entry]:
    """The appointments booked."""
    for it in seen.appointments:
        if it.slot:
            host = hosts[it.slot.agent]
            details = appointment_details(it.format, organisation_of(policy), agent=host.name, video=host.video)
            place = place_of(it.format, policy.address)
            uid, title = uid_of(it.id), title_of(policy.name)
            yield Entry(uid, it.sequence, it.slot.starts_at, it.slot.minutes, title, place, details)


def _meeting(visit: Visit, it: Row[Any]) -> Entry:
    uid = uid_for(visit.link.siren, it.id)
    details = meeting_details(it.kind, it.place, organisation_of(visit.world.current))
    return Entry(uid, it.sequence, it.starts_at, it.minutes, it.title, it.place, details)
