"""``slot``: the enterprise chooses the moment of its appointment, moves it, gives it up (APT-2)."""

from __future__ import annotations

import re
from datetime import date

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from activities.invitations import enclosed
from activities.wording import Address, Filled, organisation_of
from domain.cases import Appointment, Slot
from domain.requests import Ask, Request
from domain.rules.appointments import CONTRACTS, KINDS, MEANS
from notifications.links import BadLink
from notifications.ports import Attachment
from web.asking import answer
from web.desk import Desk
from web.portal.openings import openings
from web.portal.overview import Host, host_of
from web.portal.preparing import Said, said_in, told
from web.portal.texts import LONGEST, TOO_LONG
from web.portal.visit import Visit, follow
from web.rendering import page

ASKS = {"reserver": Ask.BOOK, "deplacer": Ask.RESCHEDULE, "annuler": Ask.CANCEL}
CHOICE = re.compile(rf"(?P<slot>[!-~]{{1,60}}) (?P<format>{'|'.join(MEANS)})")
LATEST = date(2091, 1, 1)
NOTHING_CHOSEN = "Choisissez un moment dans la liste."
NOTHING_SAID = Said()


async def show(desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """The slots to choose among, or the appointment as it stands; ``?agenda`` is its calendar entry."""
    known = _appointment(visit)
    if "agenda" in query:
        return await _entry(desk, visit, known)
    if "annuler" in query and _can_change(visit, known):
        return page("cancellation", visit=visit, appointment=known, label=KINDS[known.kind].label)
    if known.is_offered or ("deplacer" in query and _can_change(visit, known)):
        return await _choice(desk, visit, known, since=_day(query.get("depuis", "")))
    return await _state(desk, visit, known, done="fait" in query)


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Ask the journey. The choice and the view it was made on make the id: a double click asks once."""
    what, known = ASKS.get(str(form.get("acte"))), _appointment(visit)
    if what is None:
        raise HTTPException(400)
    if known.is_booked and not _can_change(visit, known):
        return await _state(desk, visit, known, status=409)
    chosen, said = {} if what is Ask.CANCEL else _chosen(form), said_in(form)
    if chosen is None:
        return await _again(desk, visit, what, 422, NOTHING_CHOSEN, said)
    if said.is_too_long:
        return await _again(desk, visit, what, 422, TOO_LONG, said)
    parts = (what, *chosen.values(), form.get("vue"))
    data = {"appointment": known.id, "by": str(visit.author), **chosen}
    more, note = await told(desk, visit, said, *parts) if what is Ask.BOOK else ({}, None)
    request = Request(visit.key(*parts), what, data | more)
    reply = await answer(desk, visit.link.siren, visit.path, request, note)
    if reply.status == 200:
        return RedirectResponse(f"{visit.path}?fait", 303)
    return await _again(desk, await follow(desk, visit.token), what, reply.status, reply.detail, said)


def _chosen(form: FormData) -> dict[str, str] | None:
    found = CHOICE.fullmatch(str(form.get("creneau")))
    return found.groupdict() if found else None


async def _again(desk: Desk, visit: Visit, what: Ask, status: int, problem: str, said: Said) -> Response:
    """The page after a refusal: what can still be chosen, or where the appointment stands by now."""
    known = _appointment(visit)
    if known.is_offered or (what is Ask.RESCHEDULE and _can_change(visit, known)):
        return await _choice(desk, visit, known, status=status, problem=problem, said=said)
    return await _state(desk, visit, known, status=status, problem=problem)


async def _choice(
    desk: Desk,
    visit: Visit,
    known: Appointment,
    *,
    since: date | None = None,
    status: int = 200,
    problem: str | None = None,
    said: Said = NOTHING_SAID,
) -> Response:
    return page(
        "slot",
        status=status,
        visit=visit,
        appointment=known,
        label=KINDS[known.kind].label,
        openings=await openings(desk, visit, known, since),
        means=MEANS,
        since=since,
        problem=problem,
        contracts=CONTRACTS if known.kind == "initial" else {},
        said=said,
        longest=LONGEST,
    )


async def _state(
    desk: Desk, visit: Visit, known: Appointment, *, done: bool = False, status: int = 200, problem: str | None = None
) -> Response:
    return page(
        "appointment",
        status=status,
        visit=visit,
        appointment=known,
        label=KINDS[known.kind].label,
        host=await _host(desk, visit, known.slot) if known.slot else None,
        means=MEANS,
        can_change=_can_change(visit, known),
        done=done,
        problem=problem,
    )


def _appointment(visit: Visit) -> Appointment:
    try:
        return visit.standing.appointments[visit.link.subject]
    except KeyError:
        raise BadLink from None


def _can_change(visit: Visit, known: Appointment) -> bool:
    return known.is_offered or (known.is_booked and known.slot is not None and known.slot.starts_at > visit.now)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day < LATEST else None


async def _host(desk: Desk, visit: Visit, slot: Slot) -> Host:
    async with desk.engine.connect() as connection:
        return await host_of(connection, visit, slot.agent)


async def _entry(desk: Desk, visit: Visit, known: Appointment) -> Response:
    """The calendar entry that travels with the confirmation."""
    if not (known.is_booked and known.slot and visit.enterprise.email):
        raise HTTPException(404)
    entry = _enclosed(desk, visit, known, known.slot, await _host(desk, visit, known.slot))
    if entry is None:
        raise HTTPException(404)
    disposition = {"Content-Disposition": f'attachment; filename="{entry.name}"'}
    return Response(entry.content, media_type=entry.media_type, headers=disposition)


def _enclosed(desk: Desk, visit: Visit, known: Appointment, slot: Slot, host: Host) -> Attachment | None:
    policy, person = visit.world.current, visit.enterprise
    context = {
        "appointment": known.id,
        "sequence": known.sequence,
        "format": known.format,
        "starts_at": slot.starts_at,
        "minutes": slot.minutes,
        "agent_name": host.name,
        "video_link": host.video,
        "enterprise": {"phone": person.phone},
        "organisation": organisation_of(policy),
        "links": {"slot": f"{desk.links.pages}{visit.path}"},
    }
    filled = Filled(context, Address(person.email, person.contact_name or person.name))
    return enclosed("appointment_booked", filled, person.email, visit.now)
