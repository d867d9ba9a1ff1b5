"""REM-1 and REM-3: the due dates of an enterprise, what each still asks for, and when it is reminded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from domain.calendar import Calendar
from domain.duty import World
from domain.identifiers import parse_period
from domain.law import DUE_EARLY_FROM
from domain.obligations import (
    Kind,
    Obligation,
    Period,
    expected_obligations,
    legal_due_date,
    reminder_day,
    spread_instant,
)
from domain.rules.arrears import standing_incident
from domain.rules.incidents import DECLARATIONS, said_due_on
from domain.rules.plans import COVERED, covering_plan
from domain.state import Contribution, Journey

HORIZON = timedelta(days=100)
"""How far ahead due dates are looked for: more than a quarter, so that there is always a next one."""

RESERVE = timedelta(hours=1)
"""The end of the sending window is kept for what must be tried again (REM-7)."""

SAID = "un incident en parle"
"""Why what was said unpaid or undeclared is not reminded besides (REM-3)."""

NOON = time(12)
"""A declaration is owed before noon (CSS R133-14)."""


class DueDate(NamedTuple):
    """One due date to remind, with what Urssaf's systems stated of it when they did."""

    period: str
    kind: Kind
    nominal_on: date
    due_on: date
    contribution: Contribution

    @property
    def key(self) -> str:
        """Identity of the reminder: another date is another reminder."""
        return f"{self.contribution.key}:{self.due_on}"


def due_dates(journey: Journey, world: World) -> Iterator[DueDate]:
    """Due dates from the last step on: the legal ones, each replaced by what Urssaf stated (REM-1)."""
    since = _looked_back_to(journey, world)
    until = world.today + HORIZON
    account, headcount, calendar = journey.account, counted_headcount(journey), world.calendar
    eve = since - timedelta(days=1)
    for legal in expected_obligations(journey.hired_on, headcount, journey.quarterly, eve, until, calendar):
        kind = _kind_beside(journey, legal)
        if kind:
            known = journey.contributions.get(f"{account}/{legal.name}") or _unknown(account, legal.name)
            yield DueDate(legal.name, kind, legal.due.nominal, legal.due.due_on, known)
    for known, due_on in said_due_dates(journey, since, until):
        yield due_date_on(journey, known, due_on, world)


def _kind_beside(journey: Journey, legal: Obligation) -> Kind | None:
    """What the law still asks beside what is stated: the months of a stated quarter are only to declare."""
    if said_due_on(journey, journey.account, legal.name):
        return None
    quarter = Period.quarter_of(legal.period.first_day)
    if legal.period.is_quarter or said_due_on(journey, journey.account, str(quarter)) is None:
        return legal.kind
    return None if legal.period.last_day == quarter.last_day else "declaration"


def due_date_on(journey: Journey, known: Contribution, due_on: date, world: World) -> DueDate:
    """The due date of a contribution on the day that Urssaf's systems stated."""
    kind: Kind = "both" if known.account == journey.account else "payment"
    nominal_on = _nominal(known.period, due_on, counted_headcount(journey), world.calendar)
    return DueDate(known.period, kind, nominal_on, due_on, known)


def said_due_dates(
    journey: Journey, since: date = date.min, until: date = date.max
) -> Iterator[tuple[Contribution, date]]:
    """What Urssaf's systems stated due between two days, by a contribution or by an incident."""
    for contribution in _stated(journey, since, until):
        due_on = said_due_on(journey, contribution.account, contribution.period)
        if due_on and since <= due_on <= until:
            yield contribution, due_on


def _stated(journey: Journey, since: date, until: date) -> Iterator[Contribution]:
    """Those that incidents speak of first; of what is known by its incident alone, what may be due then."""
    spoken_of = {it.key: it for it in journey.incidents.values() if not it.announced}
    for key, it in spoken_of.items():
        if key in journey.contributions:
            yield journey.contributions[key]
        elif it.due_on and since <= it.due_on <= until:
            yield _unknown(it.account, it.period)
    yield from (it for key, it in journey.contributions.items() if key not in spoken_of)


@lru_cache(maxsize=10_000)
def _unknown(account: str, period: str) -> Contribution:
    return Contribution(account, period)


def counted_headcount(journey: Journey) -> int:
    """The headcount that sets due dates: the one paid from 50 on (CSS R243-6), else frozen at the opening (L130-1)."""
    most = max(journey.headcount, journey.headcount_at_opening)
    return journey.headcount if most >= DUE_EARLY_FROM else journey.headcount_at_opening


def _looked_back_to(journey: Journey, world: World) -> date:
    """Due dates before it were dealt with by an earlier step, or fell while there was no journey."""
    start = world.calendar.day_of(journey.started_at or world.now)
    last = world.calendar.day_of(journey.last_step_at) if journey.last_step_at else start
    return max(start, last, journey.resumed_on or start)


@lru_cache(maxsize=10_000)
def _nominal(period: str, due_on: date, headcount: int, calendar: Calendar) -> date:
    legal = legal_due_date(parse_period(period), headcount, calendar)
    return legal.nominal if legal.due_on == due_on else due_on


def reminder_instant(journey: Journey, due: DueDate, world: World) -> datetime:
    """When the reminder leaves: its place in the sending window of J-3 (REM-2, REM-7)."""
    on = reminder_day(due.due_on, world.policy.reminder_lead_days, world.calendar)
    return spread_instant(f"{journey.siren}:{due.period}", on, world.calendar, RESERVE)


def why_not_reminded(journey: Journey, due: DueDate) -> str | None:
    """Why nothing is to be reminded of a payment, in French (REM-3, PLN-6)."""
    if due.kind == "declaration":
        return nothing_to_declare(journey, due.contribution)
    return nothing_to_pay(journey, due.contribution)


def nothing_to_pay(journey: Journey, contribution: Contribution) -> str | None:
    """Why nothing is to be paid on the due date of a period, in French."""
    if contribution.settled:
        return "rien à payer pour cette période" if contribution.amount == 0 else "déjà payé"
    if covering_plan(journey, contribution.key):
        return COVERED
    return SAID if standing_incident(journey, contribution) else None


def nothing_to_declare(journey: Journey, contribution: Contribution) -> str | None:
    """Why nothing is to be declared on the due date of a period, in French."""
    if contribution.key in journey.declared:
        return "déjà déclaré"
    incident = standing_incident(journey, contribution)
    return SAID if incident and incident.kind in DECLARATIONS else None


def is_left_to_declare(journey: Journey, due: DueDate) -> bool:
    """A payment not reminded leaves the declaration of its month; an amount is stated from what was declared."""
    declaration = declaration_of(due)
    unstated = due.contribution.amount is None or declaration.period != due.period
    owed = due.kind == "both" and unstated and not due.contribution.settled
    return owed and nothing_to_declare(journey, declaration.contribution) is None


def declaration_of(due: DueDate) -> DueDate:
    """What is declared on a due date, apart from what is paid: the last month of a quarter."""
    period = parse_period(due.period)
    if not period.is_quarter:
        return due._replace(kind="declaration")
    month = str(Period.month_of(period.last_day))
    return due._replace(period=month, kind="declaration", contribution=_unknown(due.contribution.account, month))


def still_asked(journey: Journey, due: DueDate) -> DueDate | None:
    """A due date by what it still asks for: to pay, to declare, both; ``None`` when nothing is left to do."""
    if why_not_reminded(journey, due):
        return declaration_of(due) if is_left_to_declare(journey, due) else None
    declared = due.kind == "both" and declaration_of(due).contribution.key in journey.declared
    return due._replace(kind="payment") if declared else due
