"""Calendar entries that travel with letters: RFC 5545 objects, exchanged as RFC 5546 and RFC 6047 ask.

Instants are written in UTC: Outlook reads the first rule of a VTIMEZONE alone (MS-OXCICAL 2.1.3.1.1.19), which is an
hour off as soon as a year's changes do not fall where that rule says.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress

from notifications.ports import Attachment

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
PRODUCT = "-//Parcours//Rendez-vous//FR"


@dataclass(frozen=True)
class Entry:
    """An appointment or a meeting as it stands; ``uid`` never changes, ``sequence`` grows with each change.

    ``starts_at`` is aware; ``details`` are the lines shown below the title.
    """

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    title: str
    place: str
    details: str = field(repr=False)


@dataclass(frozen=True)
class Invited(Entry):
    """An entry sent by somebody to somebody; ``url`` is where it is changed; ``repr`` shows no personal data."""

    organiser: str = field(repr=False)
    organiser_mail: str = field(repr=False)
    attendee: str = field(repr=False)
    attendee_mail: str = field(repr=False)
    url: str | None = field(default=None, repr=False)


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
    event.add("attendee", _attendee(entry))
    if entry.url:
        event.add("url", entry.url)
    calendar.add_component(event)
    # RFC 6047 2.4 wants the method on the type; SendGrid takes no second parameter.
    return Attachment("rendez-vous.ics", f"text/calendar; method={method}", calendar.to_ical())


def event_of(entry: Entry, status: str, written_at: datetime) -> Event:
    """The event of RFC 5545, without anybody in it."""
    start = entry.starts_at.astimezone(UTC)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", written_at.astimezone(UTC))
    event.add("dtstart", start)
    event.add("dtend", start + min(timedelta(minutes=entry.minutes), END_OF_TIME - start))
    event.add("summary", entry.title)
    event.add("location", entry.place)
    event.add("description", entry.details)
    event.add("status", status)
    return event


def _attendee(entry: Invited) -> vCalAddress:
    """Expected, and asked for no reply: nobody reads what calendars answer."""
    attendee = _person(entry.attendee, entry.attendee_mail)
    attendee.params |= {"cutype": "INDIVIDUAL", "role": "REQ-PARTICIPANT", "partstat": "NEEDS-ACTION", "rsvp": "FALSE"}
    return attendee


def _person(name: str, mail: str) -> vCalAddress:
    """RFC 5545 3.2 allows no double quote, no control character, in a parameter."""
    address = vCalAddress(f"mailto:{mail}")
    address.params["cn"] = " ".join(name.replace('"', "'").split())
    return address
