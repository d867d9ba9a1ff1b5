"""APT-2, APT-5, APT-6: what the calendar entries of letters say, and whose they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from activities.invitations import ENTRIES, enclosed, uid_for
from activities.wording import Address, Filled
from notifications.gallery.examples import context
from notifications.ports import Attachment

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
STARTS = datetime(2026, 12, 10, 13, 30, tzinfo=UTC)
CLIENTS = ("732829320", "552100554", "542107651")


def meeting(siren: str, sequence: int, template: str, starts_at: datetime = STARTS) -> Attachment:
    given = context(
        meeting="m-1",
        kind="information",
        title="Embaucher",
        place="22 rue de Lagny",
        minutes=90,
        sequence=sequence,
        starts_at=starts_at,
    )
    given["enterprise"] |= {"siren": siren}
    entry = enclosed(template, Filled(given, Address("cabinet@exemple.fr", "Cabinet")), "cabinet@exemple.fr", NOW)
    assert entry
    return entry


def appointment(template: str = "appointment_booked", **own: Any) -> Any:
    facts = {
        "appointment": "0123456789abcdef",
        "format": "phone",
        "sequence": 0,
        "starts_at": STARTS,
        "minutes": 45,
        "agent_name": "Alice Martin",
    }
    entry = enclosed(template, Filled(context(**facts | own), Address("zoe@exemple.fr", "Zoé")), "zoe@exemple.fr", NOW)
    assert entry
    return Calendar.from_ical(entry.content).walk("VEVENT")[0]


def test_a_video_appointment_has_its_link_or_says_that_it_comes() -> None:
    room = "https://visio.example.org/salle/alice"
    assert room in appointment(format="video", video_link=room)["description"]
    assert "vous envoie le lien" in appointment(format="video", video_link=None)["description"]
    assert room not in appointment(format="phone", video_link=room)["description"]


class Mailbox:
    """A calendar that takes in what its mails carry, as RFC 5546 says."""

    def __init__(self) -> None:
        self.shown: dict[str, datetime | None] = {}
        self._newest: dict[str, int] = {}

    def receive(self, attachment: Attachment) -> None:
        calendar = Calendar.from_ical(attachment.content)
        (event,) = calendar.walk("VEVENT")
        uid, sequence = str(event["uid"]), int(str(event["sequence"]))
        if sequence >= self._newest.get(uid, 0):
            self._newest[uid] = sequence
            self.shown[uid] = None if calendar["method"] == "CANCEL" else event.decoded("dtstart")


@given(
    st.lists(
        st.tuples(st.sampled_from(CLIENTS), st.sampled_from(["meeting_registered", "meeting_moved", "meeting_left"]))
    )
)
def test_what_becomes_of_one_enterprise_s_place_touches_no_other_in_one_mailbox(deeds: list[tuple[str, str]]) -> None:
    mailbox, wanted = Mailbox(), dict.fromkeys(CLIENTS)
    counts = dict.fromkeys(CLIENTS, 0)
    for day, (siren, template) in enumerate(deeds):
        starts_at = STARTS + timedelta(days=day)
        mailbox.receive(meeting(siren, counts[siren], template, starts_at))
        counts[siren] += 1
        wanted[siren] = None if template == "meeting_left" else starts_at  # type: ignore[assignment]
    assert {siren: mailbox.shown.get(uid_for(siren, "m-1")) for siren in CLIENTS} == wanted
    assert len(mailbox.shown) == len({siren for siren, _ in deeds})


def test_an_appointment_says_with_whom_how_where_to_call_and_where_it_is_changed() -> None:
    event = appointment()
    for said in ("Alice Martin", "06\u00a039\u00a098\u00a000\u00a001", "04\u00a091\u00a000\u00a000\u00a000"):
        assert said in event["description"]
    assert context()["links"]["slot"] in event["description"]
    assert str(event["url"]) == context()["links"]["slot"]


def test_an_appointment_on_the_spot_says_where() -> None:
    event = appointment(format="in_person")
    assert "20 avenue Viton, 13299 Marseille Cedex 20" in event["description"]
    assert "20 avenue Viton, 13299 Marseille Cedex 20" in event["location"]


def test_what_is_taken_away_has_nothing_left_to_change() -> None:
    event = appointment("appointment_cancelled", sequence=1)
    assert "/l/" not in event["description"]
    assert "url" not in event


def test_every_letter_that_arranges_something_carries_its_entry() -> None:
    assert set(ENTRIES) == {
        *(f"appointment_{it}" for it in ("booked", "moved", "cancelled")),
        *(f"meeting_{it}" for it in ("registered", "moved", "left", "cancelled")),
    }
