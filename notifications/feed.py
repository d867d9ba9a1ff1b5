"""The personal agenda of an enterprise: a calendar that others subscribe to (RFC 5545, RFC 7986)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from notifications.calendar import Entry, event_of

PRODUCT = "-//Parcours//Agenda//FR"
REFRESHED = timedelta(hours=6)


@dataclass(frozen=True)
class Mark:
    """What falls on a day, or at an aware instant, and keeps nobody busy; ``uid`` never changes."""

    uid: str
    at: date | datetime
    title: str


def feed(name: str, marks: Iterable[Mark], entries: Iterable[Entry], written_at: datetime) -> bytes:
    """The calendar as it stands: what has gone from it is gone from who subscribes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    for mark in marks:
        calendar.add_component(_event(mark, written_at))
    for entry in entries:
        calendar.add_component(event_of(entry, "CONFIRMED", written_at))
    return bytes(calendar.to_ical())


def _event(mark: Mark, written_at: datetime) -> Event:
    event = Event()
    event.add("uid", mark.uid)
    event.add("dtstamp", written_at.astimezone(UTC))
    # At an instant it has no end: it takes up no time (RFC 5545 3.6.1).
    event.add("dtstart", mark.at.astimezone(UTC) if isinstance(mark.at, datetime) else mark.at)
    event.add("summary", mark.title)
    event.add("transp", "TRANSPARENT")
    return event
