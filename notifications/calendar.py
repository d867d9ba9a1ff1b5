"""Calendar entries that travel with letters: RFC 5545 objects, exchanged as RFC 5546 asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from notifications.ports import Attachment

PRODUCT = "-//Parcours//Rendez-vous//FR"


@dataclass(frozen=True)
class Entry:
    """An appointment or a meeting as it stands; ``uid`` never changes, ``sequence`` grows with each change.

    Instants are aware; the entry is written in ``zone``.
    """

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    zone: str
    title: str
    place: str


@dataclass(frozen=True)
class Invited(Entry):
    """An entry sent by somebody to somebody; ``repr`` shows no personal data."""

    organiser: str = field(repr=False)
    organiser_mail: str = field(repr=False)
    attendee: str = field(repr=False)
    attendee_mail: str = field(repr=False)


def invitation(entry: Invited, written_at: datetime) -> Attachment:
    """The entry to add, or to update when its sequence has grown (``METHOD:REQUEST``)."""
    return _attached(entry, "REQUEST", "CONFIRMED", written_at)


def cancellation(entry: Invited, written_at: datetime) -> Attachment:
    """The entry to take away (``METHOD:CANCEL``)."""
    return _attached(entry, "CANCEL", "CANCELLED", written_at)


def _attached(entry: Invited, method: str, status: str, written_at: datetime) -> Attachment:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = event_of(entry, status, written_at)
    event.add("organizer", _person(entry.organiser, entry.organiser_mail))
    event.add("attendee", _person(entry.attendee, entry.attendee_mail))
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return Attachment("rendez-vous.ics", "text/calendar", calendar.to_ical())


def event_of(entry: Entry, status: str, written_at: datetime) -> Event:
    """The event of RFC 5545, without anybody in it."""
    start = entry.starts_at.astimezone(ZoneInfo(entry.zone))
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", written_at)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=entry.minutes))
    event.add("summary", entry.title)
    event.add("location", entry.place)
    event.add("status", status)
    return event


def _person(name: str, mail: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mail}")
    address.params["cn"] = name
    return address
