"""REG-3: the yearly statement at each anniversary of the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from domain.calendar import add_months
from domain.duty import Duty, World
from domain.effects import Purpose, SendMessage
from domain.identifiers import parse_period
from domain.rules.reminders import due_dates
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
    return {**_situation(journey, year, anniversary), "ahead": _ahead(journey, world)}


def _situation(journey: Journey, year: int, anniversary: date) -> dict[str, Any]:
    start = add_months(journey.opened_on, 12 * (year - 1))
    due = [c for c in journey.contributions.values() if c.due_on and start <= c.due_on < anniversary]
    unpaid = sorted((c for c in due if not c.settled), key=lambda c: c.period)
    return {
        "due_count": len(due),
        "paid_count": len(due) - len(unpaid),
        "due_total": sum((c.amount or 0 for c in due), start=Decimal(0)),
        "paid_total": sum((c.paid for c in due), start=Decimal(0)),
        "open_periods": [parse_period(c.period).label for c in unpaid],
    }


def _ahead(journey: Journey, world: World) -> list[dict[str, Any]]:
    coming = sorted(due_dates(journey.but(last_step_at=world.now), world), key=lambda due: due.due_on)
    return [{"label": parse_period(due.period).label, "date": due.due_on} for due in coming[:3]]
