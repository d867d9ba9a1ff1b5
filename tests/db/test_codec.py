"""Journeys kept as JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from db.codec import dump_journey, load_journey
from domain.population import Scenario, invent
from domain.simulation import live
from domain.state import Journey
from tests.domain.rules.happenings import paid
from tests.domain.rules.incident_life import PERIOD, detected, young
from tests.domain.rules.life import RULEBOOK

ORGANISATION = "urssaf-idf"
FRESH = Journey("732829320", ORGANISATION, "117000001", date(2026, 1, 5), datetime(2026, 1, 5, 9, tzinfo=UTC))


def test_what_has_its_default_is_not_kept() -> None:
    assert "headcount" not in dump_journey(FRESH)


def test_a_journey_read_again_holds_all_that_it_held() -> None:
    assert vars(load_journey(dump_journey(FRESH))) == vars(FRESH)


@pytest.mark.parametrize("rank", range(8))
def test_whatever_was_lived_is_read_again_as_it_was(rank: int) -> None:
    calendar = RULEBOOK.current[ORGANISATION].calendar
    scenario = Scenario(8, 18, date(2026, 1, 5), (ORGANISATION,), calendar)
    for moment in live(invent(scenario, rank), RULEBOOK, scenario.end):
        again = load_journey(dump_journey(moment.after))
        assert (again, vars(again)) == (moment.after, vars(moment.after))


def test_a_debit_that_bounced_before_bounces_were_kept_is_read_as_unpaid() -> None:
    life = young().tell(paid("2026-11-17 09:00", PERIOD, "1000"), detected(kind="debit_rejected"))
    (known,) = life.journey.contributions.values()
    before = life.journey.with_contribution(replace(known, bounces=()))
    assert load_journey(dump_journey(before)) == load_journey(dump_journey(life.journey)) == life.journey
