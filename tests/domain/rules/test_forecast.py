from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import SendMessage
from domain.facts import Fact
from domain.forecast import forecast
from domain.state import CloseReason
from tests.domain.rules.happenings import PARIS, due, ended, headcount, opened, paid, transferred
from tests.domain.rules.life import MODEST, RULEBOOK, Happened, Life

SITUATIONS: list[list[Fact]] = [
    [],
    [due("2026-12-01", "2026-11", "2026-12-25", "900"), headcount("2026-12-02", 12)],
    [due("2026-12-01", "2026-11", "2026-12-15", "900"), paid("2026-12-02", "2026-11", "900")],
    [ended("2026-12-01", CloseReason.ACCOUNT_CLOSED, "2027-01-31")],
]


def foreseen(life: Life) -> list[Happened]:
    return [Happened(ahead.at, ahead.effect) for ahead in forecast(life.journey, life.now, life.rulebook)]


@pytest.mark.parametrize("facts", SITUATIONS)
def test_the_forecast_is_what_then_happens_when_nothing_new_arrives(facts: list[Fact]) -> None:
    life = Life(opened("2026-11-02")).tell(*facts)
    ahead, so_far = foreseen(life), len(life.happened)
    assert life.to_the_end().happened[so_far:] == ahead


def test_the_forecast_goes_to_the_end_in_order_and_names_the_rule_of_each_step() -> None:
    ahead = foreseen(Life(opened("2026-11-02")))
    assert [it.effect.rule for it in ahead[-3:]] == ["EXT-3"] * 3
    assert all(before.at <= after.at for before, after in pairwise(ahead))
    assert all(it.effect.rule and it.effect.summary for it in ahead)


def test_nothing_is_foreseen_after_the_farewell() -> None:
    life = Life(opened("2026-11-02")).to_the_end()
    assert forecast(life.journey, life.now, RULEBOOK) == ()


def test_a_transfer_announced_is_foreseen() -> None:
    life = Life(opened("2026-11-02")).tell(transferred("2026-12-01", "urssaf-rhone-alpes", "2027-02-01"))
    assert ("2027-02-01", "EXT-5") in [(it.on, it.effect.rule) for it in foreseen(life)]


@MODEST
@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 10, 11, 49, 50, 80]),
    st.integers(0, 17),
)
def test_whatever_the_firm_all_that_is_foreseen_happens_in_the_window_and_nothing_twice(
    opened_on: date, quarterly: bool, accountant: bool, heads: int, months_late: int
) -> None:
    at = f"{opened_on + timedelta(days=30 * months_late)} 19:00"
    life = Life(opened(str(opened_on), at=at, quarterly=quarterly, accountant=accountant, headcount=heads))
    ahead, so_far = foreseen(life), len(life.happened)
    assert life.to_the_end().happened[so_far:] == ahead
    subjects = [(message.rule, message.subject) for message in life.messages()]
    assert len(subjects) == len(set(subjects))
    calendar = life.rulebook.current["urssaf-idf"].calendar
    assert all(calendar.is_open(it.at.astimezone(PARIS)) for it in life.of(SendMessage))
