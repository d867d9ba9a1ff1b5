"""APT-5: a place in a meeting is confirmed, reminded, and follows what changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.absorption import absorb
from domain.facts import RegistrationChanged
from domain.meetings import Change, Registration
from domain.messages import Outgoing, Recipient, objection
from domain.state import Channel, CloseReason
from tests.domain.rules.happenings import ended, headcount, instant, opened, stamp
from tests.domain.rules.life import MODEST, Life

OPENING, BEGINS = "2026-01-05", "2026-03-19 14:30"
REGISTERED, MOVED, LEFT, CANCELLED = Change


def told(at: str, change: Change, sequence: int = 0, begins: str = BEGINS, **other: Any) -> RegistrationChanged:
    usual = {"meeting": "m-1", "kind": "information", "title": "Embaucher", "place": "2 rue de la Paix, Paris"}
    moment = stamp(at)
    place = Registration(
        **{**usual, **other},
        starts_at=instant(begins),
        minutes=90,
        change=change,
        sequence=sequence,
        at=moment["at"],
    )
    return RegistrationChanged(**moment, registration=place)


def letters(life: Life) -> list[tuple[str, str]]:
    """Day and template of what was told about meetings."""
    return [(day, it.template) for (day, _), it in zip(life.sent("APT-5"), life.messages("APT-5"), strict=True)]


def life() -> Life:
    return Life(opened(OPENING))


def test_a_place_is_confirmed_at_once_and_reminded_two_days_before() -> None:
    lived = life().tell(told("2026-03-02 21:00", REGISTERED)).until("2026-04-01")
    assert letters(lived) == [("2026-03-02", "meeting_registered"), ("2026-03-17", "meeting_reminder")]


def test_the_reminder_of_a_monday_is_sent_on_the_working_day_before_two_days() -> None:
    lived = life().tell(told("2026-03-02", REGISTERED, begins="2026-03-16 09:00")).until("2026-04-01")
    assert letters(lived)[-1] == ("2026-03-13", "meeting_reminder")


def test_a_place_taken_the_day_before_is_confirmed_and_not_reminded() -> None:
    lived = life().tell(told("2026-03-18", REGISTERED)).until("2026-04-01")
    assert letters(lived) == [("2026-03-18", "meeting_registered")]


def test_a_meeting_that_moves_is_told_in_the_sending_window_and_reminded_at_its_new_time() -> None:
    lived = life().tell(told("2026-03-02", REGISTERED))
    lived.tell(told("2026-03-10 20:00", MOVED, 1, "2026-03-26 14:30")).until("2026-04-01")
    assert letters(lived) == [
        ("2026-03-02", "meeting_registered"),
        ("2026-03-11", "meeting_moved"),
        ("2026-03-24", "meeting_reminder"),
    ]


@pytest.mark.parametrize(("change", "template"), [(LEFT, "meeting_left"), (CANCELLED, "meeting_cancelled")])
def test_a_place_that_is_no_more_is_told_and_not_reminded(change: Change, template: str) -> None:
    lived = life().tell(told("2026-03-02", REGISTERED), told("2026-03-10", change, 1)).until("2026-04-01")
    assert letters(lived) == [("2026-03-02", "meeting_registered"), ("2026-03-10", template)]


def test_a_place_taken_again_is_confirmed_again() -> None:
    lived = life().tell(told("2026-03-02", REGISTERED), told("2026-03-03", LEFT, 1), told("2026-03-04", REGISTERED, 2))
    assert [template for _, template in letters(lived)] == ["meeting_registered", "meeting_left", "meeting_registered"]


def test_what_is_heard_after_the_meeting_is_told_no_more() -> None:
    lived = life().tell(told("2026-03-20", MOVED)).until("2026-04-01")
    assert letters(lived) == []


def test_a_place_outlives_the_journey() -> None:
    lived = life().tell(told("2026-03-02", REGISTERED), ended("2026-03-05", CloseReason.DECLINED)).until("2026-04-01")
    assert lived.is_closed
    assert letters(lived)[-1] == ("2026-03-17", "meeting_reminder")


@MODEST
@given(order=some.permutations(range(4)))
def test_whatever_the_order_of_what_is_told_the_last_change_stands(order: list[int]) -> None:
    facts = [told("2026-03-02", change, rank) for rank, change in enumerate((REGISTERED, MOVED, LEFT, REGISTERED))]
    journey = life().journey
    for rank in order:
        journey, _ = absorb(facts[rank], journey)
    assert journey.registrations["m-1"] == facts[-1].registration


@pytest.mark.parametrize("change", [MOVED, LEFT, CANCELLED])
def test_a_letter_that_a_change_overtook_does_not_leave(change: Change) -> None:
    lived = life().tell(told("2026-03-02", REGISTERED))
    [letter] = lived.messages("APT-5")
    outgoing = Outgoing(letter.template, letter.purpose, Channel.MAIL, Recipient.ENTERPRISE, letter.facts)
    assert objection(outgoing, lived.journey, lived.now) is None
    lived.tell(told("2026-03-03", change, 1))
    assert objection(outgoing, lived.journey, lived.now) == "l'inscription a changé entre-temps"


def test_the_task_of_inviting_to_the_partners_closes_once_the_enterprise_is_registered_there() -> None:
    lived = life().tell(headcount("2026-02-02", 9))
    assert [it.task for it in lived.tasks("THR-2")] == ["partner_meeting"]
    lived.tell(told("2026-02-03", REGISTERED))
    assert lived.needless("THR-2") == []
    lived.tell(told("2026-02-04", REGISTERED, meeting="m-2", kind="partners"))
    assert lived.needless("THR-2") == [("2026-02-04", "l'entreprise est inscrite à une réunion des partenaires")]


def test_a_letter_says_where_and_when() -> None:
    [letter] = life().tell(told("2026-03-02", REGISTERED)).messages("APT-5")
    assert (letter.facts["title"], letter.facts["place"]) == ("Embaucher", "2 rue de la Paix, Paris")
    assert letter.facts["starts_at"] == "2026-03-19T14:30:00+01:00"
    assert letter.summary.startswith("Réunion d'information « Embaucher » : inscription")
