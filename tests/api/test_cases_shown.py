"""What is shown of a journey is decoded alone: it must be what the whole state says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.journeys.views import detail_of
from db.codec import dump_journey, load_cases
from domain.population import Scenario, invent
from domain.simulation import live
from domain.state import Journey
from tests.domain.rules.happenings import paid
from tests.domain.rules.incident_life import PERIOD, detected, young
from tests.domain.rules.life import RULEBOOK

ORGANISATION, PARIS, LIVES = "urssaf-idf", ZoneInfo("Europe/Paris"), 12
ROW: Any = SimpleNamespace(
    siren="732829320",
    name="Boulangerie Dupont",
    organisation=ORGANISATION,
    referent=None,
    phase="active",
    opened_on=date(2026, 1, 5),
    ends_on=date(2027, 7, 5),
    has_accountant=False,
    open_incident=False,
    version=1,
)


def lived(rank: int) -> list[Journey]:
    calendar = RULEBOOK.current[ORGANISATION].calendar
    scenario = Scenario(LIVES, 18, date(2026, 1, 5), (ORGANISATION,), calendar)
    return [moment.after for moment in live(invent(scenario, rank), RULEBOOK, scenario.end)]


@pytest.mark.parametrize("rank", range(LIVES))
def test_what_is_decoded_alone_is_shown_as_the_whole_is(rank: int) -> None:
    for whole in lived(rank):
        shown = detail_of(ROW, load_cases(dump_journey(whole)), PARIS)
        assert shown == detail_of(ROW, whole, PARIS)


def test_the_lives_compared_have_cases_of_each_family() -> None:
    ends = [lived(rank)[-1] for rank in range(LIVES)]
    for family in ("incidents", "plans", "appointments", "commitments"):
        assert any(getattr(end, family) for end in ends), family
    assert any(incident.paid for end in ends for incident in detail_of(ROW, end, PARIS).incidents)


def test_a_debit_that_bounced_before_bounces_were_kept_is_shown_as_unpaid() -> None:
    life = young().tell(paid("2026-11-17 09:00", PERIOD, "1000"), detected(kind="debit_rejected"))
    (known,) = life.journey.contributions.values()
    before = life.journey.with_contribution(replace(known, bounces=()))
    [incident] = detail_of(ROW, load_cases(dump_journey(before)), PARIS).incidents
    assert incident.paid == 0
