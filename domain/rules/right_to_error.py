"""The right to error (CSS R243-11): told right or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.calendar import add_months
from domain.cases import Incident
from domain.duty import World
from domain.law import UnknownFigure, figure
from domain.rules.ladder import thirtieth_day
from domain.state import Contribution, Journey

LATE_PAYMENT_MONTHS = 24
NOT_LATE = ("difficulty_announced", "dsn_technical")


def may_be_told(journey: Journey, incident: Incident, world: World) -> bool:
    """The thirty days are not over and no other late payment is known in 24 months; the rest is a condition to say."""
    thirtieth = thirtieth_day(incident, world)
    if thirtieth is None or world.today > thirtieth or incident.relapses:
        return False
    since = add_months(world.today, -LATE_PAYMENT_MONTHS)
    others = (it for it in journey.incidents.values() if it.id != incident.id and it.cancelled_at is None)
    failed = any(it.kind not in NOT_LATE and world.calendar.day_of(it.opened_at) >= since for it in others)
    periods = (it for it in journey.contributions.values() if it.key != incident.key)
    return not failed and not any(_was_late(it, since, world) for it in periods)


def ceiling_on(day: date) -> Decimal | None:
    """Euros that the majorations have to stay under, ``None`` before the year's ceiling is published."""
    try:
        return figure("pmss", day).value
    except UnknownFigure:
        return None


def _was_late(known: Contribution, since: date, world: World) -> bool:
    if known.due_on is None or not since <= known.due_on < world.today:
        return False
    last = max((it.day(world.calendar) for it in known.payments), default=None)
    return not known.settled or (last is not None and last > known.due_on)
