"""``/console/administration/arrets``: rules whose messages are stopped, why, until when, and lifted by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import roster, stops
from db.tenancy import as_organisation
from domain.policy import Policy
from domain.sentences import SENTENCES
from domain.stops import LONGEST, Stop
from web.console import trail
from web.console.forms import day_of, hour_of, operation_of, text_of
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

PATH = "/console/administration/arrets"
SHOWN = 50
EMPTY = {"regle": "", "motif": "", "jour": "", "heure": "18:30"}
REASON = 200
RULES = {rule: f"{rule} — {said}" for rule, said in SENTENCES.items()}
DONE = {
    "arret": "La règle est suspendue : ses messages ne partent plus.",
    "levee": "La suspension est levée : les messages décidés désormais partent.",
}


class Refused(Exception):
    """The form does not make a stop; its text says why, in French."""


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    return await _page(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Stop a rule, or lift a stop before its end."""
    match form.get("action"):
        case "suspendre":
            return await _stop(desk, person, request, form)
        case "lever":
            return await _lift(desk, person, request, form)
    raise HTTPException(400)


async def _stop(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    try:
        stop = _stop_of(form, desk.rulebook.current[person.organisation], datetime.now(UTC))
    except Refused as refused:
        return await _page(desk, person, request, str(refused), form)
    stop_id = operation_of(person, request, form)
    trail.about(request, stop_id)
    async with as_organisation(desk.engine, person.organisation) as connection:
        await stops.open_stop(connection, stop_id, person.organisation, person.author, stop)
    return RedirectResponse(f"{PATH}?fait=arret", 303)


async def _lift(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    async with as_organisation(desk.engine, person.organisation) as connection:
        lifted = await stops.lift(connection, person.organisation, _id_of(form), person.author)
    trail.about(request, _id_of(form))
    if not lifted:
        return await _page(desk, person, request, "Cette suspension est déjà terminée.")
    return RedirectResponse(f"{PATH}?fait=levee", 303)


def _stop_of(form: FormData, policy: Policy, now: datetime) -> Stop:
    """What the form asks for. Raises Refused."""
    rule, reason = str(form.get("regle")), text_of(form, "motif")
    if rule not in RULES:
        raise Refused("Choisissez une règle.")
    if reason is None or len(reason) > REASON:
        raise Refused(f"Indiquez un motif, en {REASON} caractères au plus.")
    return Stop(rule, " ".join(reason.split()), _until(form, policy, now))


def _until(form: FormData, policy: Policy, now: datetime) -> datetime:
    """When the stop ends, in the organisation's time zone. Raises Refused."""
    day, hour = day_of(form, "jour"), hour_of(form, "heure")
    if day is None or hour is None:
        raise Refused("Indiquez le jour et l'heure de fin.")
    if day > policy.calendar.day_of(now + LONGEST):
        raise Refused(f"Une règle est suspendue {LONGEST.days} jours au plus.")
    until = policy.calendar.at(day, hour)
    if not now < until <= now + LONGEST:
        raise Refused(f"La fin est à venir, dans {LONGEST.days} jours au plus.")
    return until


def _id_of(form: FormData) -> UUID:
    try:
        return UUID(str(form.get("arret")))
    except ValueError:
        raise HTTPException(404) from None


async def _page(
    desk: Desk, person: Person, request: Request, problem: str | None = None, form: FormData | None = None
) -> Response:
    policy, now = desk.rulebook.current[person.organisation], datetime.now(UTC)
    async with as_organisation(desk.engine, person.organisation) as connection:
        rows = await stops.latest(connection, person.organisation, SHOWN)
        people = await roster.names(connection, person.organisation)
    return screen(
        "stopping",
        person=person,
        request=request,
        policy=policy,
        status=422 if problem else 200,
        problem=problem,
        done=DONE.get(request.query_params.get("fait", "")),
        given={name: text_of(form, name) or "" for name in EMPTY} if form else EMPTY,
        rules=RULES,
        stops=rows,
        people=people,
        longest=REASON,
        today=policy.calendar.day_of(now),
        latest=policy.calendar.day_of(now + LONGEST),
        days=LONGEST.days,
    )
