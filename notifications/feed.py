"""The personal agenda of an enterprise: a calendar that others subscribe to (RFC 5545, RFC 7986)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from notifications.calendar import Entry, event_of

PRODUCT = "-//Parcours//Agenda//FR"
REFRESHED = timedelta(hours=6)


@dataclass(frozen=True)
class WholeDay:
    """What falls on a day and keeps nobody busy; ``uid`` never changes."""

    uid: str
    on: date
    title: str


def feed(name: str, days: Iterable[WholeDay], entries: Iterable[Entry], written_at: datetime) -> bytes:
    """The calendar as it stands: what has gone from it is gone from who subscribes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    for day in days:
        calendar.add_component(_day(day, written_at))
    for entry in entries:
        calendar.add_component(event_of(entry, "CONFIRMED", written_at))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _day(day: WholeDay, written_at: datetime) -> Event:
    event = Event()
    event.add("uid", day.uid)
    event.add("dtstamp", written_at)
    event.add("dtstart", day.on)
    event.add("summary", day.title)
    event.add("transp", "TRANSPARENT")
    return event
