"""Each benchmark runs, small, and its numbers are possible; how fast the machine is, no test says."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import pytest

from benchmarks import document, growth, intake, month, morning, page, promises, quiet, reads, rules
from benchmarks.findings import Goal, Section, Table

pytestmark = pytest.mark.timeout(300)


def assert_possible(section: Section) -> None:
    for goal in section.goals:
        assert math.isfinite(goal.measured), goal.text
        assert goal.measured > 0, goal.text
    for table in section.tables:
        assert table.rows, table.title
        assert all(len(row) == len(table.columns) for row in table.rows), table.title


async def test_a_quiet_month_is_within_its_goal_of_events_and_actions() -> None:
    section = await quiet.measure(months=1)
    assert_possible(section)
    assert all(goal.met for goal in section.goals)


async def test_events_are_accepted_though_temporal_is_stopped() -> None:
    section = await intake.measure(events=60, rounds=1)
    assert_possible(section)
    assert {row[0] for row in section.tables[0].rows} >= {"signals", "one by one, Temporal stopped"}


async def test_a_filled_portfolio_is_read_in_every_way() -> None:
    section = await reads.measure(sizes=(60,), rounds=1, each=2)
    assert_possible(section)
    assert len(section.tables[0].rows) == 9


async def test_open_journeys_weigh_something() -> None:
    assert_possible(await growth.measure(sizes=(30,)))


async def test_a_life_without_rules_is_the_faster_one() -> None:
    section = await rules.measure(enterprises=8)
    assert_possible(section)
    lived, taken_in = [row[1] for row in section.tables[0].rows[2:]]
    assert lived < taken_in


async def test_a_file_with_many_promises_is_looked_at_in_every_way() -> None:
    section = await promises.measure(few=3, many=12, rounds=1)
    assert_possible(section)
    at_once = [f"{work}, {cases} at once" for cases in ("incidents", "refunds") for work in ("step", "forecast")]
    assert [row[0] for row in section.tables[0].rows] == ["step", "forecast", "agenda page", "feed", *at_once]


async def test_every_contender_lives_the_month() -> None:
    section = await month.measure(journeys=4, rounds=1)
    assert_possible(section)
    assert {"Parcours", "bare Temporal SDK", "Temporal, one local activity"} <= {
        row[0] for row in section.tables[0].rows
    }


async def test_a_morning_of_two_organisations_reaches_the_provider() -> None:
    section = await morning.measure(count=16)
    assert_possible(section)
    assert [row[1] for row in section.tables[0].rows] == [28, 4, 32]


def test_the_page_and_the_document_say_whether_a_goal_is_met() -> None:
    table = Table("Rates", ("what", "per second"), (("slow <one>", 1), ("fast", 3)), plot="per second")
    goal = Goal("rate", 3.0, 2.0)
    section = {**asdict(Section("x", "Rates", (table,), (goal,)))}
    section["goals"] = [{**asdict(goal), "met": goal.met}]
    results = json.loads(json.dumps({"at": "now", "machine": {"cores": "2"}, "sections": [section]}))
    assert "rate: 3 (goal ≥ 2), met" in page.render(results)
    assert "slow &lt;one&gt;" in page.render(results)
    assert "- rate: 3 (goal ≥ 2), met" in document.render(results)
