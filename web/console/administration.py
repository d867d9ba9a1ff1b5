"""``/console/administration``: agents, organisations, who is told of events, and events that wait."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from activities.staffing import write_agent
from db import agents, roster, subscriptions, unapplied
from db.roster import Profile
from db.tenancy import as_organisation
from domain.folding import folded
from domain.texts import is_seen, mail_address, one_line, room_address
from web.console import trail
from web.console.forms import line_of, text_of
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

EVENTS_SHOWN = 50
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
LONGEST = 200
PHONE = re.compile(r"\+?[0-9 .]{4,20}")
DONE = {
    "agent": "Le conseiller est enregistré.",
    "reprise": "L'événement va être appliqué de nouveau ; s'il échoue encore, il revient dans cette liste.",
    "refus": "L'événement est refusé ; le motif est gardé.",
}


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only; ``?agent`` fills the form with one of the agents."""
    return await _page(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Write an agent whole; absences stay as they are."""
    problem = _problem(form)
    if problem:
        return await _page(desk, person, request, problem, form)
    policy, agent = desk.rulebook.current[person.organisation], str(form["agent"])
    async with as_organisation(desk.engine, person.organisation) as connection:
        profile = await _profile(connection, person, agent, form)
        await write_agent(connection, policy, agent, profile, datetime.now(UTC))
    trail.about(request, agent)
    return RedirectResponse("/console/administration?fait=agent", 303)


async def _profile(connection: AsyncConnection, person: Person, agent: str, form: FormData) -> Profile:
    known = await agents.read(connection, person.organisation, agent)
    mail = text_of(form, "email")
    ways = mail_address(mail) if mail else None, text_of(form, "phone")
    absences, video = known.absences if known else [], text_of(form, "video_link")
    return Profile(line_of(form, "name") or agent, *ways, "trained" in form, absences, video)


def _problem(form: FormData) -> str | None:
    """What is wrong with the form, in French."""
    if not NAME.fullmatch(str(form.get("agent"))):
        return "L'identifiant s'écrit en minuscules, par exemple prenom.nom."
    if not text_of(form, "name"):
        return "Indiquez le nom du conseiller."
    wrong = [
        label for name, (fits, label) in FIELDS.items() if (it := str(form.get(name) or "").strip()) and not fits(it)
    ]
    return f"Corrigez {wrong[0]}." if wrong else None


def _fits(rule: Callable[[str], str], written: str) -> bool:
    try:
        return len(written) <= LONGEST and is_seen(rule(written))
    except ValueError:
        return False


FIELDS: dict[str, tuple[Callable[[str], bool], str]] = {
    "name": (partial(_fits, one_line), f"le nom : {LONGEST} caractères au plus, sur une ligne"),
    "email": (partial(_fits, mail_address), f"l'adresse mail, de {LONGEST} caractères au plus"),
    "phone": (lambda written: PHONE.fullmatch(written) is not None, "le numéro de téléphone"),
    "video_link": (
        partial(_fits, room_address),
        "l'adresse de la salle de visioconférence : elle commence par https://",
    ),
}


async def _page(
    desk: Desk, person: Person, request: Request, problem: str | None = None, form: FormData | None = None
) -> Response:
    after = request.query_params.get("apres", "")
    async with as_organisation(desk.engine, person.organisation) as connection:
        members = await roster.members(connection, person.organisation)
        subscribed = await subscriptions.standings(connection, person.organisation)
        waiting = await unapplied.page(
            connection, person.organisation, unapplied.STATUSES, number_of(after) if after else 0, EVENTS_SHOWN + 1
        )
    trail.shown(request, len(members) + len(waiting[:EVENTS_SHOWN]))
    return screen(
        "administration",
        person=person,
        request=request,
        policy=desk.rulebook.current[person.organisation],
        status=422 if problem else 200,
        problem=problem,
        done=DONE.get(request.query_params.get("fait", "")),
        members=members,
        people={it.agent: it.name for it in members},
        edited=_edited(members, request.query_params.get("agent", ""), form),
        organisations=sorted(desk.rulebook.current.values(), key=lambda it: folded(it.name)),
        subscriptions=subscribed,
        events=waiting[:EVENTS_SHOWN],
        following=waiting[EVENTS_SHOWN - 1].seq if len(waiting) > EVENTS_SHOWN else None,
    )


async def shown_again(desk: Desk, person: Person, request: Request, problem: str) -> Response:
    """The page, with why a form of it was refused."""
    return await _page(desk, person, request, problem)


def number_of(text: str) -> int:
    """The number of an event. Raises a 400."""
    if not (text.isdecimal() and text.isascii() and len(text) < 19):
        raise HTTPException(400)
    return int(text)


def _edited(members: Any, agent: str, form: FormData | None) -> dict[str, Any]:
    """What the form of an agent is filled with: what was typed, else what is known, else nothing."""
    if form is not None:
        return {name: str(form.get(name) or "") for name in ("agent", "name", "email", "phone", "video_link")} | {
            "trained": "trained" in form
        }
    known = next((it for it in members if it.agent == agent), None)
    if known is None:
        return {"agent": "", "name": "", "email": "", "phone": "", "video_link": "", "trained": True}
    return {**known._mapping, **{name: getattr(known, name) or "" for name in ("email", "phone", "video_link")}}
