"""APT-2: an invitation that calendars add, update and take away."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from notifications.calendar import Invited, cancellation, invitation
from notifications.ports import Attachment

WRITTEN = datetime(2026, 11, 2, 8, tzinfo=UTC)
MEETING = Invited(
    uid="0123456789abcdef@parcours",
    sequence=0,
    starts_at=datetime(2026, 11, 25, 13, 30, tzinfo=UTC),
    minutes=45,
    zone="Europe/Paris",
    title="Rendez-vous Urssaf Île-de-France",
    place="22 rue de Lagny, 93100 Montreuil",
    organiser="Urssaf Île-de-France",
    organiser_mail="parcours@urssaf.exemple.fr",
    attendee="Zoé Lœuf, gérante",
    attendee_mail="zoe@boulangerie.exemple.fr",
)


def read(attachment: Attachment) -> Calendar:
    calendar = Calendar.from_ical(attachment.content)
    assert isinstance(calendar, Calendar)
    return calendar


def test_an_invitation_gives_the_local_time_with_its_time_zone() -> None:
    calendar = read(invitation(MEETING, WRITTEN))
    (event,) = calendar.events
    assert event["dtstart"].params["TZID"] == "Europe/Paris"
    assert (event.start.isoformat(), event.end.isoformat()) == (
        "2026-11-25T14:30:00+01:00",
        "2026-11-25T15:15:00+01:00",
    )
    assert [zone.tz_name for zone in calendar.timezones] == ["Europe/Paris"]


def test_an_invitation_has_what_a_request_must_have() -> None:
    calendar = read(invitation(MEETING, WRITTEN))
    (event,) = calendar.events
    assert (calendar["version"], calendar["method"], event["status"]) == ("2.0", "REQUEST", "CONFIRMED")
    assert str(event["organizer"]) == "mailto:parcours@urssaf.exemple.fr"
    assert str(event["attendee"]) == "mailto:zoe@boulangerie.exemple.fr"
    assert event["attendee"].params["CN"] == "Zoé Lœuf, gérante"
    assert {"UID", "DTSTAMP", "SEQUENCE", "SUMMARY", "LOCATION"} <= set(event)


def test_an_update_and_a_cancellation_keep_the_uid_and_raise_the_sequence() -> None:
    moved = read(invitation(replace(MEETING, sequence=1), WRITTEN))
    gone = read(cancellation(replace(MEETING, sequence=2), WRITTEN))
    assert {str(it.events[0]["uid"]) for it in (moved, gone)} == {MEETING.uid}
    assert [int(it.events[0]["sequence"]) for it in (moved, gone)] == [1, 2]
    assert (gone["method"], gone.events[0]["status"]) == ("CANCEL", "CANCELLED")


def test_lines_are_folded_and_ended_as_the_format_asks() -> None:
    content = invitation(MEETING, WRITTEN).content
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


@pytest.mark.parametrize("shown", [MEETING, invitation(MEETING, WRITTEN)])
def test_a_log_shows_nobody(shown: object) -> None:
    assert "zoe" not in repr(shown).lower()
