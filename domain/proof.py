"""What must be true of a journey's stored facts, whatever happened meanwhile: nothing owed is left without a trace."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from domain.calendar import Calendar
from domain.identifiers import parse_period
from domain.obligations import expected_obligations
from domain.rules.due_dates import counted_headcount
from domain.state import Journey

DAY = timedelta(days=1)


def past_due_dates(journey: Journey, now: datetime, calendar: Calendar) -> Iterator[tuple[str, date]]:
    """Key (``account/period``) and day of each due date gone by while the journey was open, since its last return.

    What Urssaf's systems stated after the day itself could be reminded to nobody and is left out (REM-1).
    """
    if journey.started_at is None:
        return
    since = max(calendar.day_of(journey.started_at), journey.resumed_on or date.min)
    until = calendar.day_of(journey.closed_at or now) - DAY
    stated = {it.period for it in journey.contributions.values() if it.account == journey.account and it.due_on}
    headcount = counted_headcount(journey)
    for legal in expected_obligations(journey.hired_on, headcount, journey.quarterly, since - DAY, until, calendar):
        if legal.name not in stated:
            yield f"{journey.account}/{legal.name}", legal.due.due_on
    for it in journey.contributions.values():
        in_time = it.stated_at is None or it.due_on is None or calendar.day_of(it.stated_at) <= it.due_on
        if it.due_on and since <= it.due_on <= until and in_time:
            yield it.key, it.due_on


def without_trace(
    journey: Journey, now: datetime, calendar: Calendar, reminded: Collection[str], skipped: Collection[str]
) -> list[str]:
    """Periods whose due date went by without a reminder, a line that says why, or a settled contribution.

    ``reminded``: keys of the contributions the ledger has a reminder or a correction of; ``skipped``: the timeline's
    lines about what was not sent.
    """
    return [
        key.rpartition("/")[2]
        for key, _ in past_due_dates(journey, now, calendar)
        if key not in reminded and not _is_told_otherwise(journey, key) and not _is_explained(key, skipped)
    ]


def _is_told_otherwise(journey: Journey, key: str) -> bool:
    """Nothing was left to pay, or an incident speaks of the period, and of its due date (REM-1)."""
    known = journey.contributions.get(key)
    settled = known is not None and known.settled
    return settled or any(it.key == key and not it.announced for it in journey.incidents.values())


def _is_explained(key: str, skipped: Collection[str]) -> bool:
    period = key.rpartition("/")[2]
    # Lines written before periods were put in words are in timelines for as long as their journeys.
    said = (f" {period} ", f"{parse_period(period).label} ")
    return any(name in line for line in skipped for name in said)
