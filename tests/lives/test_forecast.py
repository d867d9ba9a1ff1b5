from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import CloseTask, ReopenTask, SendMessage
from domain.facts import Fact
from domain.forecast import forecast
from domain.requests import Ask
from domain.state import CloseReason
from tests.domain.rules.happenings import PARIS, due, ended, headcount, opened, paid, transferred
from tests.domain.rules.incident_life import detected, served
from tests.domain.rules.life import MODEST, RULEBOOK, Happened, Life
from tests.domain.rules.meetings import Meetings, slot
from tests.domain.rules.planning import ask, decide, firm, plan, request, running

SITUATIONS: list[list[Fact]] = [
    [],
    [due("2026-12-01", "2026-11", "2026-12-25", "900"), headcount("2026-12-02", 12)],
    [due("2026-12-01", "2026-11", "2026-12-15", "900"), paid("2026-12-02", "2026-11", "900")],
    [ended("2026-12-01", CloseReason.ACCOUNT_CLOSED, "2027-01-31")],
]


def to_come(life: Life, so_far: int) -> list[Happened]:
    """What happened since; tasks closed at the end were not done by their agents, as is foreseen."""
    return [it for it in life.happened[so_far:] if not isinstance(it.effect, CloseTask | ReopenTask)]


def foreseen(life: Life) -> list[Happened]:
    return [Happened(ahead.at, ahead.effect) for ahead in forecast(life.journey, life.now, life.rulebook)]


@pytest.mark.parametrize("facts", SITUATIONS)
def test_the_forecast_is_what_then_happens_when_nothing_new_arrives(facts: list[Fact]) -> None:
    life = Life(opened("2026-11-02")).tell(*facts)
    ahead, so_far = foreseen(life), len(life.happened)
    assert to_come(life.to_the_end(), so_far) == ahead


def incident_told() -> Life:
    return Life(opened("2026-11-02")).tell(detected())


def second_incident() -> Life:
    alone = Meetings(opened("2026-09-02"), slot("2026-11-23 10:00"), slot("2026-11-24 14:00"))
    earlier = detected("2026-10-20", "100", period="2026-09", due_on=date(2026, 10, 15))
    return alone.tell(earlier, paid("2026-10-25", "2026-09", "100"), detected())


def plan_asked() -> Life:
    life = firm()
    ask(life, "2026-12-07")
    return life


def piece_missing() -> Life:
    life = plan_asked()
    request(life, "2026-12-08", Ask.MISSING_PIECE, plan=plan(life).id, piece="cash_forecast", by="alice.martin")
    return life


def counter_proposed() -> Life:
    life = plan_asked()
    decide(life, "2026-12-08", "counter", [("2026-12-21", "450"), ("2027-01-21", "450")])
    return life


def notice_served() -> Life:
    return incident_told().tell(served("2026-11-25", "2026-12-25"))


DIFFICULTIES = [incident_told, second_incident, plan_asked, piece_missing, counter_proposed, running, notice_served]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_forecast_of_a_difficulty_is_what_then_happens(difficulty: Callable[[], Life]) -> None:
    life = difficulty()
    ahead, so_far = foreseen(life), len(life.happened)
    assert to_come(life.to_the_end(), so_far) == ahead


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
    assert to_come(life.to_the_end(), so_far) == ahead
    subjects = [(message.rule, message.subject) for message in life.messages()]
    assert len(subjects) == len(set(subjects))
    calendar = life.rulebook.current["urssaf-idf"].calendar
    assert all(calendar.is_open(it.at.astimezone(PARIS)) for it in life.of(SendMessage))
