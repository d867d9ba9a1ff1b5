"""``/console/reunions``: the calendar of collective meetings and trainings, and who is expected (APT-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import meetings
from db.meetings import Planned
from db.refusals import Refused, Unknown
from db.tenancy import as_organisation
from domain.meetings import KINDS
from domain.policy import Policy
from web.console import trail
from web.console.forms import NewId, day_of, hour_of, line_of, operation_of
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

JUST_PAST = timedelta(days=7)
"""How long a meeting is still shown: whoever held it looks up who was expected."""

LONGEST_TITLE, LONGEST_PLACE = 120, 200
MINUTES, PLACES = range(15, 601), range(1, 5001)
DONE = {
    "annonce": "La réunion est annoncée : les entreprises peuvent s'y inscrire.",
    "changement": "La réunion est modifiée ; les entreprises inscrites en sont averties.",
    "annulation": "La réunion est annulée ; les entreprises inscrites en sont averties.",
}


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    return await _page(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Announce a meeting, change it, call it off: what supervisors do."""
    if person.role == "agent":
        raise HTTPException(403)
    deed = {"annonce": _publish, "changement": _change, "annulation": _cancel}.get(str(form.get("action")))
    if deed is None:
        raise HTTPException(400)
    policy = desk.rulebook.current[person.organisation]
    try:
        async with as_organisation(desk.engine, person.organisation) as connection:
            trail.about(request, await deed(connection, policy, form, partial(operation_of, person, request, form)))
    except Refused as refusal:
        return await _page(desk, person, request, str(refusal), form)
    except Unknown:
        raise HTTPException(404) from None
    return RedirectResponse(f"/console/reunions?fait={form['action']}", 303)


async def _publish(connection: AsyncConnection, policy: Policy, form: FormData, new_id: NewId) -> str:
    meeting = str(new_id())
    await meetings.publish(connection, policy.organisation, meeting, _planned(policy, form), datetime.now(UTC))
    return meeting


async def _change(connection: AsyncConnection, policy: Policy, form: FormData, _: NewId) -> str:
    meeting = _meeting(form)
    await meetings.change(connection, policy.organisation, meeting, _planned(policy, form), datetime.now(UTC))
    return meeting


async def _cancel(connection: AsyncConnection, policy: Policy, form: FormData, _: NewId) -> str:
    meeting = _meeting(form)
    await meetings.cancel(connection, policy.organisation, meeting, datetime.now(UTC))
    return meeting


def _meeting(form: FormData) -> str:
    return str(form.get("reunion")).replace("\x00", "")


def _planned(policy: Policy, form: FormData) -> Planned:
    """What the form says. Raises :class:`Refused`."""
    kind, title, place = str(form.get("kind")), line_of(form, "title"), line_of(form, "place")
    on, at = day_of(form, "on"), hour_of(form, "at")
    if kind not in KINDS or not title or not place or on is None or at is None:
        raise Refused("Indiquez la nature, le titre, le lieu, le jour et l'heure de la réunion.")
    if len(title) > LONGEST_TITLE or len(place) > LONGEST_PLACE:
        raise Refused(f"Un titre a {LONGEST_TITLE} caractères au plus, un lieu {LONGEST_PLACE}.")
    minutes, places = _number(form, "minutes", MINUTES), _number(form, "places", PLACES)
    if minutes is None or places is None:
        raise Refused("Une réunion dure de 15 à 600 minutes et offre de 1 à 5000 places.")
    return Planned(kind, title, place, policy.calendar.at(on, at), minutes, places)


def _number(form: FormData, name: str, allowed: range) -> int | None:
    written = str(form.get(name))
    return int(written) if written.isdecimal() and len(written) < 6 and int(written) in allowed else None


async def _page(
    desk: Desk, person: Person, request: Request, problem: str | None = None, form: FormData | None = None
) -> Response:
    policy, now = desk.rulebook.current[person.organisation], datetime.now(UTC)
    async with as_organisation(desk.engine, person.organisation) as connection:
        rows = await meetings.listed(connection, person.organisation, now - JUST_PAST)
        expected = await meetings.registered(connection, [row.id for row in rows])
    trail.shown(request, len(expected))
    return screen(
        "meetings",
        person=person,
        request=request,
        policy=policy,
        status=409 if problem else 200,
        problem=problem,
        given=form or FormData(),
        done=DONE.get(request.query_params.get("fait", "")),
        ahead=[row for row in rows if row.starts_at > now],
        past=[row for row in reversed(rows) if row.starts_at <= now],
        expected=_by_meeting(expected),
        kinds={kind: label.capitalize() for kind, label in KINDS.items()},
        may_change=person.role != "agent",
    )


def _by_meeting(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    ordered = sorted(rows, key=lambda row: row.meeting)
    return {meeting: list(those) for meeting, those in groupby(ordered, key=lambda row: row.meeting)}
