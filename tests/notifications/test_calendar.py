"""APT-2, APT-6: an invitation that every calendar adds, updates and takes away, and reads at the same instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from notifications.calendar import Entry, Invited, cancellation, invitation
from notifications.feed import Mark, feed
from notifications.ports import Attachment
from tests.notifications import calendar_readers

WRITTEN = datetime(2026, 11, 2, 8, tzinfo=UTC)
MEETING = Invited(
    uid="0123456789abcdef@parcours",
    sequence=0,
    starts_at=datetime(2026, 11, 25, 13, 30, tzinfo=UTC),
    minutes=45,
    title="Rendez-vous Urssaf Île-de-France",
    place="22 rue de Lagny, 93100 Montreuil",
    details="Avec Alice Martin.\nSur place : 22 rue de Lagny, 93100 Montreuil.",
    organiser="Urssaf Île-de-France",
    organiser_mail="parcours@urssaf.exemple.fr",
    attendee="Zoé Lœuf, gérante",
    attendee_mail="zoe@boulangerie.exemple.fr",
    url="https://parcours.exemple.fr/l/jeton",
)
READERS = pytest.mark.parametrize("reader", calendar_readers.READERS, ids=lambda it: it.__name__)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)).map(
    lambda it: it.replace(microsecond=0)
)
Reader = Callable[[bytes], list[calendar_readers.Seen]]


def read(attachment: Attachment) -> Calendar:
    calendar = Calendar.from_ical(attachment.content)
    assert isinstance(calendar, Calendar)
    return calendar


@READERS
@given(starts_at=INSTANTS, minutes=st.integers(5, 600))
def test_every_reader_sees_the_same_instant_all_year_round(reader: Reader, starts_at: datetime, minutes: int) -> None:
    (seen,) = reader(invitation(replace(MEETING, starts_at=starts_at, minutes=minutes), WRITTEN).content)
    assert (seen.uid, seen.starts_at, seen.ends_at) == (
        MEETING.uid,
        starts_at,
        starts_at + timedelta(minutes=minutes),
    )


@READERS
def test_every_reader_sees_in_the_feed_what_was_in_the_invitation(reader: Reader) -> None:
    invited = {name: getattr(MEETING, name) for name in Entry.__dataclass_fields__}
    noon = datetime(2026, 12, 15, 11, tzinfo=UTC)
    marks = [Mark("due@parcours", noon, "Urssaf : DSN"), Mark("end@parcours", date(2027, 6, 1), "Fin")]
    seen = {it.uid: it for it in reader(feed("Urssaf", marks, [Entry(**invited)], WRITTEN))}
    (alone,) = reader(invitation(MEETING, WRITTEN).content)
    assert seen[MEETING.uid] == alone
    assert (seen["due@parcours"].starts_at, seen["end@parcours"].starts_at) == (noon, date(2027, 6, 1))


def test_the_reader_of_outlook_is_an_hour_off_where_a_time_zone_is_a_list_of_dates() -> None:
    """The third reader can fail: this is what it makes of what was once sent."""
    listed = Calendar()
    event = read(invitation(MEETING, WRITTEN)).events[0]
    event.pop("dtstart")
    local = datetime.fromisoformat("2026-10-20T10:00:00+02:00")
    event.add("dtstart", local.astimezone(calendar_readers.PARIS))
    event.pop("dtend")
    event.add("dtend", (local + timedelta(minutes=45)).astimezone(calendar_readers.PARIS))
    listed.add_component(event)
    listed.add_missing_timezones()
    (seen,) = calendar_readers.outlook(listed.to_ical())
    assert seen.starts_at != local


def test_an_invitation_has_what_a_request_must_have() -> None:
    calendar = read(invitation(MEETING, WRITTEN))
    (event,) = calendar.events
    assert (calendar["version"], calendar["method"], event["status"]) == ("2.0", "REQUEST", "CONFIRMED")
    assert str(event["organizer"]) == "mailto:parcours@urssaf.exemple.fr"
    assert str(event["attendee"]) == "mailto:zoe@boulangerie.exemple.fr"
    assert event["attendee"].params["CN"] == "Zoé Lœuf, gérante"
    assert {"UID", "DTSTAMP", "SEQUENCE", "SUMMARY", "LOCATION", "DESCRIPTION", "URL"} <= set(event)


def test_nobody_is_asked_for_an_answer_that_nobody_would_read() -> None:
    (event,) = read(invitation(MEETING, WRITTEN)).events
    expected = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    assert {name: str(event["attendee"].params[name]) for name in expected} == expected


@pytest.mark.parametrize(("write", "method"), [(invitation, "REQUEST"), (cancellation, "CANCEL")])
def test_the_type_of_the_file_says_its_method(write: Any, method: str) -> None:
    attachment = write(MEETING, WRITTEN)
    assert attachment.media_type == f"text/calendar; method={method}"
    assert read(attachment)["method"] == method


def test_an_update_and_a_cancellation_keep_the_uid_and_raise_the_sequence() -> None:
    moved = read(invitation(replace(MEETING, sequence=1), WRITTEN))
    gone = read(cancellation(replace(MEETING, sequence=2), WRITTEN))
    assert {str(it.events[0]["uid"]) for it in (moved, gone)} == {MEETING.uid}
    assert [int(it.events[0]["sequence"]) for it in (moved, gone)] == [1, 2]
    assert (gone["method"], gone.events[0]["status"]) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize(
    "name", ['Bar "Le Quai"', "MARTIN; Léa: gérante", "Zoé\r\nATTENDEE:mailto:x@y.fr", "<a@b.c>", "L’Œuf\u00a0d’Or ^n"]
)
@READERS
def test_a_name_breaks_no_entry(reader: Reader, name: str) -> None:
    entry = replace(MEETING, attendee=name, organiser=name, title=name, place=name, details=name)
    (seen,) = reader(invitation(entry, WRITTEN).content)
    assert (seen.uid, seen.starts_at) == (MEETING.uid, MEETING.starts_at)


def test_lines_are_folded_and_ended_as_the_format_asks() -> None:
    content = invitation(MEETING, WRITTEN).content
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


@pytest.mark.parametrize("shown", [MEETING, invitation(MEETING, WRITTEN)])
def test_a_log_shows_nobody(shown: object) -> None:
    assert "zoe" not in repr(shown).lower()
