from datetime import date
from decimal import Decimal

import pytest

from domain.facts import Fact
from tests.domain.rules.happenings import ACCOUNT, due, opened, paid
from tests.domain.rules.life import Life, reminded


def test_a_date_corrected_before_the_reminder_is_reminded_once_at_its_new_date() -> None:
    first, second = due("2026-12-01", "2026-11", "2026-12-15", "900"), due("2026-12-08", "2026-11", "2026-12-22", "900")
    life = Life(opened("2026-11-02")).tell(first, second).until("2026-12-31")
    assert reminded(life) == [("2026-12-18", "2026-12-22")]
    assert not life.messages("REM-4")


def corrected(*facts: Fact) -> Life:
    """A reminder of 1 240,50 € for 15 December went out on the 11th, then ``facts``."""
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "1240.50"), *facts)
    return life.until("2027-01-05")


def test_an_amount_corrected_after_the_reminder_is_corrected_to_the_enterprise() -> None:
    life = corrected(due("2026-12-14", "2026-11", "2026-12-15", "1100"))
    (correction,) = life.messages("REM-4")
    assert life.days("REM-4") == ["2026-12-14"]
    assert (correction.facts["amount"], correction.facts["previous_amount"]) == (Decimal(1100), Decimal("1240.50"))


def test_a_date_put_off_by_little_after_the_reminder_is_corrected_and_not_reminded_again() -> None:
    life = corrected(due("2026-12-14", "2026-11", "2026-12-16", "1240.50"))
    assert (life.days("REM-4"), reminded(life)) == (["2026-12-14"], [("2026-12-11", "2026-12-15")])


def test_a_date_put_off_by_much_is_corrected_then_reminded_three_days_before() -> None:
    life = corrected(due("2026-12-14", "2026-11", "2026-12-29", "1240.50"))
    assert life.days("REM-4") == ["2026-12-14"]
    assert reminded(life) == [("2026-12-11", "2026-12-15"), ("2026-12-24", "2026-12-29")]


def test_a_correction_taken_back_is_told_too() -> None:
    life = corrected(
        due("2026-12-12 09:00", "2026-11", "2026-12-18", "1240.50"),
        due("2026-12-14 15:00", "2026-11", "2026-12-15", "1240.50"),
    )
    assert life.sent("REM-4")[-1][0] == "2026-12-14"
    assert life.messages("REM-4")[-1].facts["due_on"] == date(2026, 12, 15)
    assert len(reminded(life)) == 1


def test_a_correction_taken_back_before_it_left_says_nothing() -> None:
    life = corrected(
        due("2026-12-12 09:00", "2026-11", "2026-12-18", "1240.50"),
        due("2026-12-12 11:00", "2026-11", "2026-12-15", "1240.50"),
    )
    assert not life.messages("REM-4")


def test_the_same_statement_received_again_is_not_a_correction() -> None:
    assert not corrected(due("2026-12-14", "2026-11", "2026-12-15", "1240.50")).messages("REM-4")


def test_what_is_already_paid_is_not_corrected() -> None:
    life = corrected(paid("2026-12-13", "2026-11", "1240.50"), due("2026-12-14", "2026-11", "2026-12-15", "1200"))
    assert not life.messages("REM-4")


def test_an_amount_learnt_after_the_reminder_contradicts_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-14", "2026-11", "2026-12-15", "900")).until("2026-12-20")
    assert (life.days("REM-2"), life.days("REM-4")) == (["2026-12-11"], [])


def test_a_date_put_off_after_a_reminder_that_never_left_is_reminded_and_not_corrected() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "900"))
    life.until("2026-12-10").oversleep("2026-12-11 08:00", "2026-12-15 20:00")
    life.tell(due("2026-12-16", "2026-11", "2026-12-29", "900")).until("2027-01-05")
    assert reminded(life) == [("2026-12-24", "2026-12-29")]
    assert not life.messages("REM-4")


def test_a_correction_too_late_to_be_useful_does_not_block_the_next_one() -> None:
    life = corrected(
        due("2026-12-17", "2026-11", "2026-12-15", "1100"), due("2026-12-18", "2026-11", "2026-12-29", "1100")
    )
    assert [on for on, _ in life.skips("REM-4")] == ["2026-12-17"]
    assert life.sent("REM-4") == [("2026-12-18", f"correction:{ACCOUNT}/2026-11:1")]


def test_a_period_of_zero_corrected_after_the_third_day_is_reminded_at_once() -> None:
    zero, real = due("2026-12-01", "2026-11", "2026-12-15", "0"), due("2026-12-14", "2026-11", "2026-12-15", "900")
    life = Life(opened("2026-11-02")).tell(zero, real).until("2026-12-20")
    assert [on for on, _ in life.skips("REM-3")] == ["2026-12-11"]
    assert life.days("REM-2") == ["2026-12-14"]


def test_what_is_paid_after_its_reminder_is_not_told_as_skipped() -> None:
    assert not corrected(paid("2026-12-14", "2026-11", "1240.50")).skips("REM-3")


@pytest.mark.parametrize(("meanwhile", "now_stated", "left"), [("0", "0", 0), ("500", "500", 0), ("500", "1300", 800)])
def test_a_correction_says_what_is_left_even_when_nothing_is(meanwhile: str, now_stated: str, left: int) -> None:
    life = corrected(paid("2026-12-12", "2026-11", meanwhile), due("2026-12-14", "2026-11", "2026-12-15", now_stated))
    (correction,) = life.messages("REM-4")
    assert (correction.facts["amount"], correction.facts["previous_amount"]) == (left, Decimal("1240.50"))
