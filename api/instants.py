"""Instants and days in addresses and bodies, in the organisation's time zone when they say none."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Discriminator, Tag

from api.problems import Fault, Problem

DayOrInstant = Annotated[
    Annotated[date, Tag("day")] | Annotated[datetime, Tag("instant")],
    Discriminator(lambda value: "day" if len(str(value)) <= len("2026-01-16") else "instant"),
]
"""What is longer than a day is an instant: left to choose, pydantic takes midnight for the day, without its offset."""

EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def localised(instant: datetime, zone: ZoneInfo, pointer: str) -> datetime:
    """The instant with its zone; raises a 400 problem when it is out of all bounds."""
    local = instant if instant.tzinfo else instant.replace(tzinfo=zone)
    if not EARLIEST.timestamp() <= local.timestamp() < LATEST.timestamp():
        fault = Fault(pointer, "give an instant between 1990 and 2100")
        raise Problem(400, "Correct what `errors` names and send it again.", errors=[fault])
    return local


def first_of(day: date | datetime, zone: ZoneInfo, pointer: str) -> datetime:
    """The instant itself, or the beginning of the day."""
    return localised(day if isinstance(day, datetime) else datetime.combine(day, time()), zone, pointer)


def end_of(day: date | datetime, zone: ZoneInfo, pointer: str) -> datetime:
    """The instant itself, or the end of the day: the beginning of the next one."""
    if isinstance(day, datetime):
        return localised(day, zone, pointer)
    return first_of(day, zone, pointer) + timedelta(days=1)
