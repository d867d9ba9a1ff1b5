"""When the agents of the demonstration receive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

from cli.demo.events import CALENDAR

DAYS_AHEAD = 12
HOURS = ((time(10), time(14, 30)), (time(9), time(16)), (time(11), time(15)))
MINUTES = 45
FORMATS = ["in_person", "phone", "video"]


def slots_of(rank: int, today: date) -> list[dict[str, Any]]:
    """The slots of an agent on the next working days, one morning out of three left for calls."""
    return [
        {"starts_at": CALENDAR.at(day, hour).isoformat(), "minutes": MINUTES, "formats": FORMATS}
        for number, day in enumerate(_working_days(today))
        for hour in HOURS[rank % len(HOURS)][(number + rank) % 3 == 0 :]
    ]


def _working_days(today: date) -> Iterator[date]:
    day = today
    for _ in range(DAYS_AHEAD):
        day = CALENDAR.working_day_on_or_after(day + timedelta(days=1))
        yield day
