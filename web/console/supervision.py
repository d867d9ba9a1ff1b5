"""``/console/encadrement``: promises kept, load, capacity, and portfolios handed to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.policies import load_national
from db import cases, portfolio, roster, supervision
from db.tenancy import as_organisation
from domain.folding import folded
from domain.policy import Policy, decided, difference
from web.console import trail
from web.console.forms import operation_of
from web.console.parameters import LABELS, written
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

PERIODS = {"30": "30 derniers jours", "90": "90 derniers jours", "365": "12 derniers mois"}
REASONS = {"absence": "Absence", "departure": "Départ", "reorganisation": "Réorganisation"}
WORKING_DAYS = 8
OPINIONS_SHOWN = 20
NO_TARGET = "Choisissez un conseiller formé, autre que celui dont les entreprises sont confiées."


@dataclass(frozen=True)
class Level:
    """A kind of promise over the period; ``rate`` in percent of those settled, None while none is."""

    row: Row[Any]
    rate: int | None


@dataclass(frozen=True)
class DayOfSlots:
    """What a working day ahead can still take."""

    on: date
    free: int
    booked: int


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    return await _page(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Hand over an agent's portfolio, or one enterprise; each enterprise is told, once (ENR-3)."""
    release = {"portefeuille": _release, "entreprise": _release_one}.get(str(form.get("action")))
    if release is None or form.get("motif") not in REASONS:
        raise HTTPException(400)
    async with as_organisation(desk.engine, person.organisation) as connection:
        if await _is_no_target(connection, person, form):
            return await _page(desk, person, request, NO_TARGET, form)
        told = await release(connection, person, form, operation_of(person, request, form))
    siren = form.get("siren") if form.get("action") == "entreprise" else None
    trail.about(request, siren or form.get("agent"), siren if isinstance(siren, str) else None)
    if not told:
        return await _page(desk, person, request, "Aucun parcours en cours n'est suivi par cette personne.", form)
    return RedirectResponse(f"/console/encadrement?confies={told}", 303)


def _target(form: FormData) -> str | None:
    """Who is to take over; None for the lightest portfolio."""
    return str(form.get("vers") or "").replace("\x00", "") or None


async def _is_no_target(connection: AsyncConnection, person: Person, form: FormData) -> bool:
    target = _target(form)
    members = await roster.members(connection, person.organisation) if target else ()
    known = any(it.agent == target and it.trained for it in members)
    return target is not None and (not known or target == form.get("agent"))


async def _release(connection: AsyncConnection, person: Person, form: FormData, change: UUID) -> int:
    agent = str(form.get("agent")).replace("\x00", "")
    already, now = await roster.told(connection, change), datetime.now(UTC)
    where = (connection, person.organisation, agent)
    return already or await roster.release(*where, str(form["motif"]), now, change, to=_target(form))


async def _release_one(connection: AsyncConnection, person: Person, form: FormData, change: UUID) -> int:
    siren = "".join(it for it in str(form.get("siren")) if it.isdecimal())
    row, already = await portfolio.find(connection, siren), await roster.told(connection, change)
    if already or row is None or row.organisation != person.organisation or row.referent in (None, _target(form)):
        return already
    where, now = (connection, person.organisation, row.referent), datetime.now(UTC)
    return await roster.release(*where, str(form["motif"]), now, change, siren, _target(form))


async def _page(
    desk: Desk, person: Person, request: Request, problem: str | None = None, form: FormData | None = None
) -> Response:
    policy = desk.rulebook.current[person.organisation]
    days, now = _period(request), datetime.now(UTC)
    start, end = now, _horizon(policy, now)
    async with as_organisation(desk.engine, person.organisation) as connection:
        where = (connection, person.organisation)
        levels = await cases.levels(*where, now - timedelta(days=int(days)), None)
        load = await supervision.load(*where)
        slots = await supervision.capacity(*where, policy.zone, start, end)
        offers = await supervision.priority_offers(*where)
        opinions = await supervision.opinions(*where, OPINIONS_SHOWN)
    national, confided = load_national(desk.settings.policies), request.query_params.get("confies", "")
    return screen(
        "supervision",
        person=person,
        request=request,
        policy=policy,
        status=409 if problem else 200,
        problem=problem,
        given=form or FormData(),
        done=_confided(confided) if confided.isdecimal() else None,
        levels=[Level(row, _rate(row)) for row in levels],
        period=days,
        periods=PERIODS,
        load=load,
        heaviest=max([it.weight for it in load], default=0) or 1,
        today=policy.calendar.day_of(now).isoformat(),
        capacity=_capacity(policy, slots, now),
        free=sum(it.free for it in slots),
        offers=offers,
        opinions=opinions,
        reasons=REASONS,
        targets={it.agent: it.name for it in sorted(load, key=lambda it: folded(it.name)) if it.trained},
        differences=[(LABELS.get(it[0], it[0]), *it[1:]) for it in difference(national, policy)],
        parameters=[(LABELS.get(it[0], it[0]), *it[1:]) for it in decided(policy)],
        written=written,
    )


def _period(request: Request) -> str:
    asked = request.query_params.get("jours", "90")
    return asked if asked in PERIODS else "90"


def _confided(count: str) -> str:
    if count == "1":
        return "Une entreprise est confiée à un autre conseiller ; le changement lui est annoncé."
    return f"{count[:6]} entreprises sont confiées à un autre conseiller ; le changement leur est annoncé."


def _rate(row: Row[Any]) -> int | None:
    settled = row.met + row.breached
    return 100 * row.met // settled if settled else None


def _horizon(policy: Policy, now: datetime) -> datetime:
    last = policy.calendar.add_working_days(policy.calendar.day_of(now), WORKING_DAYS)
    return policy.calendar.at(last + timedelta(days=1), time())


def _capacity(policy: Policy, rows: Sequence[Row[Any]], now: datetime) -> list[DayOfSlots]:
    known, today = {row.day: row for row in rows}, policy.calendar.day_of(now)
    days = [policy.calendar.add_working_days(today, rank) for rank in range(1, WORKING_DAYS + 1)]
    return [DayOfSlots(on, known[on].free, known[on].booked) if on in known else DayOfSlots(on, 0, 0) for on in days]
