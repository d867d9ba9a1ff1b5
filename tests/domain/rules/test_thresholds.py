import pytest

from tests.domain.rules.happenings import headcount, opened
from tests.domain.rules.life import Life


def test_crossing_eleven_is_told_once() -> None:
    life = Life(opened("2026-11-02", headcount=9))
    life.tell(headcount("2026-12-01", 11), headcount("2027-01-05", 10), headcount("2027-02-02", 12))
    assert life.sent("THR-1") == [("2026-12-01", "threshold:11")]


def test_crossing_several_thresholds_at_once_tells_each() -> None:
    life = Life(opened("2026-11-02", headcount=3)).tell(headcount("2026-12-01", 52))
    assert [subject for _, subject in life.sent("THR-1")] == ["threshold:11", "threshold:20", "threshold:50"]


@pytest.mark.parametrize("number", [1, 10])
def test_below_eleven_nothing_is_told(number: int) -> None:
    assert not Life(opened("2026-11-02")).tell(headcount("2026-12-01", number)).messages("THR-1")


def test_a_threshold_reached_at_the_opening_is_not_crossed_again() -> None:
    life = Life(opened("2026-11-02", headcount=20))
    life.tell(headcount("2026-12-01", 18), headcount("2027-01-05", 22))
    assert not life.messages("THR-1")


def test_a_crossing_learnt_late_is_told_with_the_headcount_of_that_day() -> None:
    life = Life(opened("2026-11-02", headcount=9))
    life.tell(headcount("2027-01-05", 10), headcount("2026-12-01", 11))
    assert [message.facts["headcount"] for message in life.messages("THR-1")] == [11]
    assert life.journey.headcount == 10


def test_a_crossing_at_night_is_told_in_the_next_window() -> None:
    life = Life(opened("2026-11-02", headcount=9)).tell(headcount("2026-12-04 21:00", 11)).until("2026-12-10")
    assert life.days("THR-1") == ["2026-12-07"]


def test_a_threshold_crossed_before_the_journey_started_is_told_after_the_welcome() -> None:
    life = Life(opened("2026-11-01", at="2026-10-31", headcount=0)).tell(headcount("2026-11-02", 12))
    assert [message.rule for message in life.messages()][:2] == ["ENR-4", "THR-1"]
