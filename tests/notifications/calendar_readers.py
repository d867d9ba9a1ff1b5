"""How three independent readers understand a calendar: two libraries, and what Microsoft publishes of Outlook."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Seen:
    """An event as a calendar shows it; instants in UTC, days as they are."""

    uid: str
    starts_at: datetime | date
    ends_at: datetime | date | None


def _seen(uid: str, starts_at: Any, ends_at: Any) -> Seen:
    return Seen(uid, *(it.astimezone(UTC) if isinstance(it, datetime) else it for it in (starts_at, ends_at)))


def vobjects(content: bytes) -> list[Seen]:
    """The library ``vobject``."""
    events = vobject.readOne(content.decode()).vevent_list
    return [_seen(it.uid.value, it.dtstart.value, it.dtend.value if hasattr(it, "dtend") else None) for it in events]


def icals(content: bytes) -> list[Seen]:
    """The library ``ical``, which checks what it reads."""
    events = IcsCalendarStream.calendar_from_ics(content.decode()).events
    return [_seen(it.uid, it.dtstart, it.dtend) for it in events]


def outlook(content: bytes) -> list[Seen]:
    """Outlook, by MS-OXCICAL 2.1.3.1.1.19: of a time zone it keeps one yearly change to each kind of time.

    Without RRULE (2.1.3.1.1.19.2.1) the change falls on the weekday, counted in its month, of the first DTSTART.
    """
    calendar = Calendar.from_ical(content)
    zones = {str(it["tzid"]): it for it in calendar.walk("VTIMEZONE")}
    return [
        _seen(str(it["uid"]), *(_instant(it.get(name), zones) for name in ("dtstart", "dtend")))
        for it in calendar.walk("VEVENT")
    ]


def _instant(read: Any, zones: dict[str, Any]) -> datetime | date | None:
    if read is None or not isinstance(read.dt, datetime) or "TZID" not in read.params:
        return read.dt if read else None
    zone, local = zones[read.params["TZID"]], read.dt.replace(tzinfo=None)
    standard, daylight = zone.walk("STANDARD")[0], zone.walk("DAYLIGHT")[0]
    is_summer = _onset(daylight, local.year) <= local < _onset(standard, local.year)
    return (local - (daylight if is_summer else standard)["tzoffsetto"].td).replace(tzinfo=UTC)


def _onset(observance: Any, year: int) -> datetime:
    start = observance["dtstart"].dt
    rule = observance.get("rrule")
    nth, weekday = (start.day - 1) // 7, start.weekday()
    last = bool(rule and str(rule["byday"][0]).startswith("-1"))
    first = date(year, start.month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * nth
    while day > monthrange(year, start.month)[1]:
        day -= 7
    if last:
        while day + 7 <= monthrange(year, start.month)[1]:
            day += 7
    return datetime.combine(first + timedelta(days=day - 1), start.time())


READERS = (vobjects, icals, outlook)
