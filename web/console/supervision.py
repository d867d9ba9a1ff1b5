"""``/console/encadrement``: promises kept, load, capacity, and portfolios handed to somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.policies import load_national
from db import cases, handovers, supervision
from db.handovers import Preview, Wanted
from db.refusals import Refused
from db.tenancy import as_organisation
from domain.folding import folded
from domain.policy import Policy, decided, difference
from domain.rules.referent import ANNOUNCED_AFTER
from web.console import handing_over, trail
from web.console.forms import operation_of
from web.console.parameters import LABELS, written
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

PERIODS = {"30": "30 derniers jours", "90": "90 derniers jours", "365": "12 derniers mois"}
WORKING_DAYS = 8
OPINIONS_SHOWN = 20


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
    """Read-only; with what handing over would do, when it is asked (ENR-3)."""
    asked = request.query_params
    if "apercu" not in asked:
        return await _page(desk, person, request)
    policy, now = desk.rulebook.current[person.organisation], datetime.now(UTC)
    try:
        async with as_organisation(desk.engine, person.organisation) as connection:
            wanted = await handing_over.wanted(connection, person, asked["apercu"], asked)
            preview = await handovers.preview(connection, policy, wanted, now)
    except Refused as refused:
        return await _page(desk, person, request, str(refused), asked)
    trail.about(request, wanted.siren or wanted.agent, wanted.siren)
    if not (preview.takers or preview.left or preview.closed):
        return await _page(desk, person, request, handing_over.NO_JOURNEY, asked)
    return await _page(desk, person, request, given=asked, preview=preview, wanted=wanted)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Hand over an agent's portfolio, or one enterprise, or take that back; each enterprise is told, once (ENR-3)."""
    if form.get("action") == "annuler":
        return await _take_back(desk, person, request, form)
    siren = form.get("siren") if form.get("action") == handing_over.ONE else None
    trail.about(request, siren or form.get("agent"), siren if isinstance(siren, str) else None)
    try:
        told = await _hand_over(desk, person, form, operation_of(person, request, form))
    except Refused as refused:
        return await _page(desk, person, request, str(refused), form)
    if not told:
        return await _page(desk, person, request, handing_over.NO_JOURNEY, form)
    return RedirectResponse(f"/console/encadrement?confies={told}", 303)


async def _hand_over(desk: Desk, person: Person, form: FormData, change: UUID) -> int:
    policy, now = desk.rulebook.current[person.organisation], datetime.now(UTC)
    async with as_organisation(desk.engine, person.organisation) as connection:
        if already := await handovers.told(connection, change):
            return already
        wanted = await handing_over.wanted(connection, person, form.get("action"), form)
        return await handovers.hand_over(connection, policy, wanted, now, change)


async def _take_back(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    try:
        change = UUID(str(form.get("changement")))
    except ValueError:
        raise HTTPException(400) from None
    trail.about(request, change)
    async with as_organisation(desk.engine, person.organisation) as connection:
        back = await handovers.take_back(connection, person.organisation, change, datetime.now(UTC))
    if not back:
        return await _page(desk, person, request, handing_over.TOO_LATE, form)
    return RedirectResponse(f"/console/encadrement?annules={back}", 303)


async def _page(
    desk: Desk,
    person: Person,
    request: Request,
    problem: str | None = None,
    given: Mapping[str, Any] = MappingProxyType({}),
    preview: Preview | None = None,
    wanted: Wanted | None = None,
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
        revocable = await handovers.latest(*where, now)
    national = load_national(desk.settings.policies)
    return screen(
        "supervision",
        person=person,
        request=request,
        policy=policy,
        status=409 if problem else 200,
        problem=problem,
        given=given,
        preview=preview,
        wanted=wanted,
        leaves_at=policy.calendar.next_open(now + ANNOUNCED_AFTER),
        revocable=revocable,
        revocable_until=revocable and revocable.at + ANNOUNCED_AFTER,
        names={it.agent: it.name for it in load},
        done=_noted(request),
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
        reasons=handing_over.REASONS,
        targets={it.agent: it.name for it in sorted(load, key=lambda it: folded(it.name)) if it.trained},
        differences=[(LABELS.get(it[0], it[0]), *it[1:]) for it in difference(national, policy)],
        parameters=[(LABELS.get(it[0], it[0]), *it[1:]) for it in decided(policy)],
        written=written,
    )


def _period(request: Request) -> str:
    asked = request.query_params.get("jours", "90")
    return asked if asked in PERIODS else "90"


def _noted(request: Request) -> str | None:
    for name, said in (("confies", handing_over.confided), ("annules", handing_over.taken_back)):
        count = request.query_params.get(name, "")
        if count.isdecimal():
            return said(count)
    return None


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
