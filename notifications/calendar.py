"""Calendar entries that travel with letters: RFC 5545 objects, exchanged as RFC 5546 asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from notifications.ports import Attachment

PRODUCT = "-//Parcours//Rendez-vous//FR"


@dataclass(frozen=True)
class Meeting:
    """One appointment as it stands; ``uid`` never changes, ``sequence`` grows with each change.

    ``repr`` shows no personal data. Instants are aware; the entry is written in ``zone``.
    """

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    zone: str
    title: str
    place: str
    organiser: str = field(repr=False)
    organiser_mail: str = field(repr=False)
    attendee: str = field(repr=False)
    attendee_mail: str = field(repr=False)


def invitation(meeting: Meeting, written_at: datetime) -> Attachment:
    """The entry to add, or to update when its sequence has grown (``METHOD:REQUEST``)."""
    return _attached(meeting, "REQUEST", "CONFIRMED", written_at)


def cancellation(meeting: Meeting, written_at: datetime) -> Attachment:
    """The entry to take away (``METHOD:CANCEL``)."""
    return _attached(meeting, "CANCEL", "CANCELLED", written_at)


def _attached(meeting: Meeting, method: str, status: str, written_at: datetime) -> Attachment:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(meeting, status, written_at))
    calendar.add_missing_timezones()
    return Attachment("rendez-vous.ics", "text/calendar", calendar.to_ical())


def _event(meeting: Meeting, status: str, written_at: datetime) -> Event:
    start = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", written_at)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=meeting.minutes))
    event.add("summary", meeting.title)
    event.add("location", meeting.place)
    event.add("status", status)
    event.add("organizer", _person(meeting.organiser, meeting.organiser_mail))
    event.add("attendee", _person(meeting.attendee, meeting.attendee_mail))
    return event


def _person(name: str, mail: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mail}")
    address.params["cn"] = name
    return address
