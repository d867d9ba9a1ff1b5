"""``/console/agenda``: the week of an agent, what he or she offers, and days away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from activities.staffing import write_agent
from db import agenda, agents, roster, slots
from db.roster import Profile
from db.tenancy import as_organisation
from domain.policy import Policy
from web.console import trail
from web.console.availability import LENGTHS, Refused, Wish, agenda_with, days_of, wish_of
from web.console.forms import day_of
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

WEEK, DAY = timedelta(days=7), timedelta(days=1)
FAR = timedelta(days=366)
DONE = {
    "publie": "Vos disponibilités sont publiées ; les entreprises qui attendaient un créneau en sont averties.",
    "vide": "Les créneaux libres de ces jours sont retirés.",
    "absence": "L'absence est notée ; les rendez-vous de ces jours vont être déplacés.",
    "retour": "L'absence est retirée.",
}


@dataclass(frozen=True)
class Week:
    """The week of somebody."""

    agent: str
    monday: date
    policy: Policy

    def instant(self, day: date) -> datetime:
        """The beginning of a local day."""
        return self.policy.calendar.at(day, time())

    def address(self, **more: str) -> str:
        """Its page."""
        return "/console/agenda?" + urlencode({"agent": self.agent, "semaine": self.monday.isoformat(), **more})


@dataclass(frozen=True)
class Day:
    """One day of a week: what it holds, and whether the agent is away."""

    on: date
    rows: Sequence[Row[Any]] = field(repr=False)
    away: bool
    working: bool


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    return await _page(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Publish, withdraw, be away, be back."""
    week, action = _week(desk, person, request), str(form.get("action"))
    deed = {"publie": _publish, "vide": _publish, "absence": _leave, "retour": _return}.get(action)
    if deed is None:
        raise HTTPException(400)
    try:
        async with as_organisation(desk.engine, person.organisation) as connection:
            await agents.ensure(connection, person.organisation, week.agent) if week.agent == person.agent else None
            await deed(connection, week, form)
            trail.about(request, week.agent)
    except Refused as refusal:
        return await _page(desk, person, request, str(refusal), form)
    return RedirectResponse(week.address(fait=action), 303)


async def _publish(connection: AsyncConnection, week: Week, form: FormData) -> None:
    await _known(connection, week)
    wish = wish_of(form, week.monday) if form["action"] == "publie" else Wish(days_of(form, week.monday))
    now, organisation = datetime.now(UTC), week.policy.organisation
    ahead = await slots.ahead(connection, organisation, week.agent, now)
    found = await agenda.between(connection, organisation, week.agent, now, now + FAR)
    drawn = agenda_with(ahead, [row for row in found if row.appointment], wish, week.policy.calendar)
    await slots.publish(connection, organisation, week.agent, drawn, now)


async def _leave(connection: AsyncConnection, week: Week, form: FormData) -> None:
    first, last = day_of(form, "du"), day_of(form, "au")
    if first is None or last is None or last < first:
        raise Refused("Indiquez le premier et le dernier jour d'absence, dans cet ordre.")
    known = await _known(connection, week)
    away = {"from": first.isoformat(), "to": last.isoformat()}
    await _rewrite(connection, week, known, [*(it for it in known.absences if it != away), away])


async def _return(connection: AsyncConnection, week: Week, form: FormData) -> None:
    known = await _known(connection, week)
    gone = {"from": str(form.get("du")), "to": str(form.get("au"))}
    await _rewrite(connection, week, known, [it for it in known.absences if it != gone])


async def _rewrite(connection: AsyncConnection, week: Week, known: Row[Any], absences: list[dict[str, str]]) -> None:
    away = sorted(absences, key=lambda it: it["from"])
    profile = Profile(known.name, known.email, known.phone, known.trained, away, known.video_link)
    await write_agent(connection, week.policy, week.agent, profile, datetime.now(UTC))


async def _known(connection: AsyncConnection, week: Week) -> Row[Any]:
    known = await agents.read(connection, week.policy.organisation, week.agent)
    if known is None:
        raise HTTPException(404)
    return known


def _week(desk: Desk, person: Person, request: Request) -> Week:
    policy = desk.rulebook.current[person.organisation]
    asked = request.query_params.get("agent", "").replace("\x00", "")
    agent = asked if asked and person.role != "agent" else person.agent or ""
    today = policy.calendar.day_of(datetime.now(UTC))
    day = day_of(FormData(request.query_params), "semaine") or today
    day = day if abs(day - today) < 2 * FAR else today
    return Week(agent, day - timedelta(days=day.weekday()), policy)


async def _page(
    desk: Desk, person: Person, request: Request, problem: str | None = None, form: FormData | None = None
) -> Response:
    week = _week(desk, person, request)
    async with as_organisation(desk.engine, person.organisation) as connection:
        members = await roster.members(connection, person.organisation)
        start, end = week.instant(week.monday), week.instant(week.monday + WEEK)
        rows = await agenda.between(connection, person.organisation, week.agent, start, end)
    absences: list[dict[str, str]] = next((it.absences for it in members if it.agent == week.agent), [])
    names = {it.agent: it.name for it in members}
    today = week.policy.calendar.day_of(datetime.now(UTC))
    trail.shown(request, len(rows))
    return screen(
        "agenda",
        person=person,
        request=request,
        policy=week.policy,
        status=422 if problem else 200,
        problem=problem,
        given=form or FormData(),
        done=DONE.get(request.query_params.get("fait", "")),
        week=week,
        before=Week(week.agent, week.monday - WEEK, week.policy).address(),
        after=Week(week.agent, week.monday + WEEK, week.policy).address(),
        days=_days(week, rows, absences),
        absences=[it for it in absences if date.fromisoformat(it["to"]) >= today],
        people=names,
        members=names,
        is_somebodys=week.agent == person.agent or any(it.agent == week.agent for it in members),
        today=today,
        now=datetime.now(UTC),
        lengths={str(it): f"{it} min" for it in LENGTHS},
        day=date.fromisoformat,
        ahead=timedelta,
    )


def _days(week: Week, rows: Sequence[Row[Any]], absences: Sequence[dict[str, str]]) -> list[Day]:
    calendar = week.policy.calendar
    days = []
    for on in (week.monday + DAY * rank for rank in range(7)):
        mine = [row for row in rows if calendar.day_of(row.starts_at) == on]
        away = any(it["from"] <= on.isoformat() <= it["to"] for it in absences)
        if mine or on.weekday() < 5:
            days.append(Day(on, mine, away, calendar.is_working_day(on)))
    return days
