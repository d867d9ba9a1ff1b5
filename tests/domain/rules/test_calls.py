"""INC-3: calls that reach nobody are tried again, then give way to a letter."""

from datetime import date

import pytest

from domain.cases import Stage
from tests.domain.rules.happenings import PARIS, opened, paid
from tests.domain.rules.incident_life import DETECTED_ON, PERIOD, detected, done, served, unpaid
from tests.domain.rules.life import Life


def calls(life: Life) -> list[str]:
    return [it.key for it in life.tasks("INC-3")]


@pytest.mark.parametrize("outcome", ["message_left", "unreachable"])
def test_a_call_that_reached_nobody_is_tried_again_the_next_half_day(outcome: str) -> None:
    life = unpaid()
    life.tell(done("2026-11-18 11:00", calls(life)[0], outcome))
    life.tell(done("2026-11-18 16:00", calls(life)[1], outcome))
    due = [f"{it.due_at.astimezone(PARIS):%Y-%m-%d %H:%M}" for it in life.tasks("INC-3")[1:]]
    assert due == ["2026-11-18 18:30", "2026-11-19 12:00"]


def test_after_three_attempts_the_call_ends_says_so_and_a_letter_goes() -> None:
    life = unpaid()
    for rank, at in enumerate(("2026-11-18 11:00", "2026-11-18 16:00", "2026-11-19 11:00")):
        life.tell(done(at, calls(life)[rank], "message_left"))
    life.until("2026-11-30")
    assert len(calls(life)) == 3
    assert [it.template for it in life.messages("INC-3")] == ["call_missed"]
    assert ("2026-11-19", "Appel terminé après 3 tentatives : une lettre part") in life.skips("INC-3")


def test_a_call_that_reached_somebody_is_over() -> None:
    life = unpaid()
    life.tell(done("2026-11-18 11:00", calls(life)[0], "reached")).until("2026-11-30")
    assert len(calls(life)) == 1


def test_nobody_is_called_again_about_what_is_paid() -> None:
    life = unpaid()
    life.tell(paid("2026-11-18 10:30", PERIOD, "1000"), done("2026-11-18 11:00", calls(life)[0], "unreachable"))
    assert len(calls(life)) == 1


def test_no_call_is_opened_for_an_enterprise_without_number() -> None:
    life = Life(opened("2026-10-01", has_phone=False)).tell(detected())
    life.tell(served("2026-11-20", "2026-12-20", Stage.NOTICE)).until("2026-12-01")
    assert not calls(life)
    assert not life.tasks("INC-10")
    assert life.messages("INC-2")


def test_the_first_call_is_due_in_two_working_days() -> None:
    [call] = unpaid().tasks("INC-3")
    assert (DETECTED_ON, call.due_at.date()) == ("2026-11-18", date(2026, 11, 20))
