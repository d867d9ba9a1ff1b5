"""A simulated population lives by the rules, the same whoever counts and however often."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.destiny import destiny
from domain.facts import Fact
from domain.population import Draw, Habits, Scenario, invent
from domain.rulebook import Rulebook
from domain.simulation import Cell, Moment, Tally, live, simulate
from domain.state import Phase
from domain.workload import MINUTES, Load, workload
from tests.domain.rules.life import IDF, MODEST, POLICIES, RHONE, RULEBOOK, Life

EVENTFUL = Habits(incident=0.5, plan=0.8, extension=0.8, grows=1)


def scenario(enterprises: int = 12, months: int = 24, **changed: object) -> Scenario:
    return Scenario(enterprises, months, date(2027, 1, 1), (IDF, RHONE), POLICIES[IDF].calendar, **changed)  # type: ignore[arg-type]


def moments(rank: int, told: Scenario, rulebook: Rulebook = RULEBOOK) -> list[Moment]:
    return list(live(invent(told, rank), rulebook, told.end))


def names(tally: Tally, family: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, count in tally.items():
        if cell.family == family:
            found[cell.name] += count
    return found


@MODEST
@given(st.integers(0, 10**6), st.text(max_size=20))
def test_a_chance_depends_on_its_name_only(seed: int, name: str) -> None:
    draw = Draw(f"{seed}")
    draw.share("another one first")
    assert draw.share(name) == Draw(f"{seed}").share(name)
    assert 0 <= draw.share(name) < 1


def test_a_seed_is_a_population_and_another_seed_another() -> None:
    assert [invent(scenario(), rank) for rank in range(5)] == [invent(scenario(), rank) for rank in range(5)]
    assert invent(scenario(), 0) != invent(scenario(seed=2), 0)


def test_shares_are_those_of_the_habits() -> None:
    openings = [invent(scenario(), rank).opening for rank in range(2000)]
    assert sum(it.accountant for it in openings) / 2000 == pytest.approx(0.6, abs=0.05)
    assert sum(it.organisation == IDF for it in openings) / 2000 == pytest.approx(0.5, abs=0.05)


def test_openings_are_spread_over_the_months() -> None:
    told = scenario(months=10)
    by_month = Counter(invent(told, rank).opening.opened_on.replace(day=1) for rank in range(1000))
    assert len(by_month) == 10
    assert min(by_month.values()) > 60


def test_contributions_are_stated_ten_days_before_they_are_due() -> None:
    stated = [it for it in destiny(invent(scenario(), 3)) if it.id.endswith(":due")]
    assert stated
    assert {(it.what.due_on - it.at.date()).days for it in stated[1:]} == {10}  # type: ignore[union-attr]


def test_time_never_goes_back_and_no_step_decides_nothing_for_ever() -> None:
    lived = moments(1, scenario(habits=EVENTFUL))
    assert all(earlier.at <= later.at for earlier, later in pairwise(lived))
    assert len(lived) < 40 * 24


def test_the_simulator_decides_what_a_life_awake_at_each_wake_decides() -> None:
    told = scenario(habits=Habits(plan=0, extension=0, books=0, pays_later=0, incident=0))
    enterprise = invent(told, 4)
    facts = [it.what for it in destiny(enterprise) if it.at < told.end]
    lived = Life(enterprise.opening).tell(*(it for it in facts if isinstance(it, Fact)))
    lived.until(told.end)
    decided = [(m.at, e.rule, e.summary) for m in moments(4, told) for e in m.effects if e.kind == "message"]
    assert decided == [(h.at, h.effect.rule, h.effect.summary) for h in lived.happened if h.effect.kind == "message"]


def test_an_enterprise_without_mishap_is_reminded_extended_or_closed() -> None:
    told = scenario(months=30)
    ends = [lived[-1].after for rank in range(12) if (lived := moments(rank, told))]
    assert {it.phase for it in ends} <= {Phase.ACTIVE, Phase.NOTICE, Phase.CLOSED}
    assert any(it.phase is Phase.CLOSED for it in ends)


def test_incidents_lead_to_messages_plans_and_decisions() -> None:
    tally = simulate(scenario(habits=EVENTFUL), RULEBOOK, range(12))
    assert names(tally, "decision")["plan"] > 0
    assert any(name.startswith("INC-2") for name in names(tally, "message"))
    assert names(tally, "journey")["extended"] > 0


@MODEST
@given(st.lists(st.integers(0, 5), max_size=3))
def test_the_sum_is_the_same_however_the_ranks_are_shared_out(cuts: list[int]) -> None:
    told = scenario(months=6)
    bounds = [0, *sorted(cuts), 5]
    parts = [simulate(told, RULEBOOK, range(a, b)) for a, b in pairwise(bounds)]
    assert sum(parts, Counter()) == simulate(told, RULEBOOK, range(5))


def test_two_policies_meet_the_same_openings() -> None:
    same = Rulebook.of(dict.fromkeys((IDF, RHONE), POLICIES[RHONE]))
    told = scenario()
    before, after = simulate(told, RULEBOOK, range(12)), simulate(told, same, range(12))
    assert names(before, "journey")["started"] == names(after, "journey")["started"]
    assert before != after


def test_hours_are_the_minutes_of_each_kind() -> None:
    tally = Counter(
        {
            Cell("2027-01", IDF, "task", "call"): 4,
            Cell("2027-01", IDF, "task", "unheard of"): 1,
            Cell("2027-01", IDF, "decision", "plan"): 2,
            Cell("2027-01", IDF, "message", "REM-2 sms"): 90,
            Cell("2027-02", IDF, "appointment", "initial"): 3,
        }
    )
    loads = workload(tally)
    assert loads["2027-01", IDF] == Load(4, 0, 2, 4 * MINUTES["call"] + 15 + 2 * MINUTES["plan"])
    assert loads["2027-02", IDF].hours == pytest.approx(3 * MINUTES["appointment"] / 60, abs=0.06)
