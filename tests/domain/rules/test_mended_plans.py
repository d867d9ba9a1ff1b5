"""PLN-10: an instalment paid in time, told after the plan broke for it."""

from dataclasses import replace

from domain.cases import IncidentStatus, PlanStatus
from domain.facts import PaymentReceived
from domain.rules.arrears import number_of
from tests.domain.rules.happenings import instant, paid
from tests.domain.rules.life import Life
from tests.domain.rules.planning import PERIOD, plan, running, told

BROKEN_ON = "2026-12-21"
"""The instalment of 15 December is in time until the evening of the 18th."""


def late_word(amount: str = "300", on: str = "2026-12-15", told_at: str = BROKEN_ON) -> PaymentReceived:
    """Received on a day, told on another."""
    return replace(paid(told_at, PERIOD, amount, on), at=instant(f"{on} 09:00"))


def broken() -> Life:
    life = running().until("2026-12-21 09:00")
    assert plan(life).status is PlanStatus.BROKEN
    return life


def test_an_instalment_paid_in_time_and_told_late_mends_the_plan() -> None:
    life = broken().tell(late_word())
    assert plan(life).status is PlanStatus.RUNNING
    assert told(life.until("2026-12-22"))[-1] == ("2026-12-21 10:00", "plan_mended")
    assert not life.messages("INC-7")


def test_what_mends_a_plan_is_not_counted_as_a_difficulty() -> None:
    life = broken().tell(late_word())
    [incident] = life.journey.incidents.values()
    assert (incident.status, incident.relapses) == (IncidentStatus.CANCELLED, ())
    assert [why for _, why in life.needless("PLN-7")] == ["l'échéance avait été payée à temps"]
    life.until("2027-01-22")
    assert plan(life).status is PlanStatus.BROKEN
    again = life.journey.incidents[incident.id]
    assert number_of(life.journey, again, life.rulebook.world(life.journey, life.now)) == 1


def test_an_instalment_paid_after_the_grace_leaves_the_plan_broken() -> None:
    life = broken().tell(late_word(on="2026-12-19"))
    assert plan(life).status is PlanStatus.BROKEN


def test_a_part_of_an_instalment_paid_in_time_mends_nothing() -> None:
    life = broken().tell(late_word("200"))
    assert plan(life).status is PlanStatus.BROKEN


def test_a_plan_mended_is_kept_to_its_end() -> None:
    life = broken().tell(late_word(), paid("2027-01-15", PERIOD, "300"), paid("2027-02-15", PERIOD, "300"))
    assert plan(life).status is PlanStatus.KEPT
