"""THR-2: strong growth is met once."""

import pytest

from tests.domain.rules.happenings import headcount, opened
from tests.domain.rules.meetings import Meetings

OPENING = "2026-01-05"


def grown(*counts: tuple[str, int], start: int = 2, accountant: bool = True) -> Meetings:
    life = Meetings(opened(OPENING, headcount=start, accountant=accountant))
    for at, count in counts:
        life.tell(headcount(at, count))
    return life


def offered(life: Meetings) -> list[str]:
    return [day for day, subject in life.sent("THR-2") if subject.startswith("appointment_offer")]


def test_eight_employees_are_offered_a_threshold_meeting_and_the_partners_once() -> None:
    life = grown(("2026-03-02", 7), ("2026-04-01", 8), ("2026-05-04", 7), ("2026-06-01", 9), start=6)
    assert offered(life) == ["2026-04-01"]
    assert life.opened("partner_meeting") == [("partner_meeting", "2026-04-09 18:30")]


@pytest.mark.parametrize(("counts", "days"), [((3, 7), ["2026-09-02"]), ((4, 7), []), ((6, 7), []), ((7, 5), [])])
def test_a_trend_that_reaches_eleven_within_six_months_is_met_before_eight(
    counts: tuple[int, int], days: list[str]
) -> None:
    life = grown(("2026-03-02", counts[0]), ("2026-09-02", counts[1]), start=counts[0])
    assert offered(life) == days


def test_the_trend_of_a_younger_account_starts_at_its_opening() -> None:
    assert offered(grown(("2026-05-04", 7), start=3)) == ["2026-05-04"]


def test_growth_heard_of_out_of_order_is_the_same_growth() -> None:
    late, early = headcount("2026-09-01", 7), headcount("2026-03-02", 3)
    life = grown()
    life.tell(late)
    life.absorb(early)
    assert [it.count for it in life.journey.headcounts] == [3, 7]


def test_a_request_is_granted_in_strong_growth_without_accountant_or_with() -> None:
    for accountant in (True, False):
        life = grown(("2026-03-02", 9), accountant=accountant)
        assert life.appointment("threshold").is_offered
