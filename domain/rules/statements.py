"""REG-3: the yearly statement at each anniversary of the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.calendar import add_months
from domain.cases import Incident
from domain.duty import Duty, World
from domain.effects import Purpose, SendMessage
from domain.identifiers import parse_period
from domain.obligations import expected_obligations
from domain.rules.arrears import standing_incident
from domain.rules.due_dates import counted_headcount, due_dates
from domain.rules.term import shown_end
from domain.state import Channel, Journey


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """One statement a year, as long as the journey runs."""
    if journey.started_at is None:
        return
    start, last = world.calendar.day_of(journey.started_at), shown_end(journey, world.policy)
    for year in range(1, world.policy.max_journey_months // 12 + 1):
        anniversary = add_months(journey.opened_on, 12 * year)
        if start < anniversary <= last and f"REG-3:{year}" not in journey.done:
            yield _yearly(year, anniversary, world)


def _yearly(year: int, anniversary: date, world: World) -> Duty:
    write = lambda it, now: (it, (_statement(it, year, anniversary, now),))  # noqa: E731
    return Duty(world.opening(anniversary), f"REG-3:{year}", write, in_window=True)


def _statement(journey: Journey, year: int, anniversary: date, world: World) -> SendMessage:
    return SendMessage(
        rule="REG-3",
        summary=f"Bilan de la {year}e année" if year > 1 else "Bilan de la première année",
        subject=f"statement:{year}",
        template="yearly_statement",
        purpose=Purpose.INFORMATION,
        channels=(Channel.MAIL,),
        facts={"year": year, **_told(journey, year, anniversary, world)},
        copy_accountant=True,
    )


def _told(journey: Journey, year: int, anniversary: date, world: World) -> dict[str, Any]:
    return {**_situation(journey, year, anniversary, world), "ahead": _ahead(journey, world)}


def _situation(journey: Journey, year: int, anniversary: date, world: World) -> dict[str, Any]:
    """What is known of the year's due dates; of the others nothing is certified."""
    start = add_months(journey.opened_on, 12 * (year - 1))
    due = [it for it in journey.contributions.values() if it.due_on and start <= it.due_on < anniversary]
    known = [it for it in due if it.amount is not None or it.settled]
    unpaid = {it.key: it.period for it in known if not it.settled} | _in_difficulty(journey)
    expected = {it.key for it in due} | _expected(journey, start, anniversary, world)
    return {
        "due_count": len(expected),
        "paid_count": sum(it.settled and it.key not in unpaid for it in known),
        "unknown_count": len(expected - {it.key for it in known} - set(unpaid)),
        "due_total": sum((it.amount or 0 for it in due), start=Decimal(0)),
        "paid_total": sum((it.paid for it in due), start=Decimal(0)),
        "open_periods": [parse_period(it).label for it in sorted(set(unpaid.values()))],
    }


def _in_difficulty(journey: Journey) -> dict[str, str]:
    standing = (it for it in journey.incidents.values() if standing_incident(journey, journey.contribution(*_of(it))))
    return {it.key: it.period for it in standing}


def _of(incident: Incident) -> tuple[str, str]:
    return incident.account, incident.period


def _expected(journey: Journey, start: date, anniversary: date, world: World) -> set[str]:
    """The payments that the law asks in the year, those of periods stated at another date left aside."""
    eve, last = start - timedelta(days=1), anniversary - timedelta(days=1)
    legal = expected_obligations(
        journey.hired_on, counted_headcount(journey), journey.quarterly, eve, last, world.calendar
    )
    stated = {it.key for it in journey.contributions.values() if it.due_on}
    return {f"{journey.account}/{it.name}" for it in legal if it.kind != "declaration"} - stated


def _ahead(journey: Journey, world: World) -> list[dict[str, Any]]:
    coming = sorted(due_dates(journey.but(last_step_at=world.now), world), key=lambda due: due.due_on)
    return [{"label": parse_period(due.period).label, "date": due.due_on} for due in coming[:3]]
