"""INC-13: a payment known by its day alone counts on the whole of that day, in whatever order facts are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases import IncidentStatus, PlanStatus, Stage
from domain.facts import Fact, PaymentReceived
from domain.rules.arrears import left_to_pay
from tests.domain.rules.happenings import PARIS, due, instant, paid
from tests.domain.rules.incident_life import (
    DUE_ON,
    PERIOD,
    ask_for_plan,
    decide,
    detected,
    incident,
    served,
    young,
)
from tests.domain.rules.life import MODEST, Life

ON = "2026-11-18"
MIDNIGHTS = [PARIS, UTC, timezone(timedelta(hours=-4))]


def by_day(amount: str, on: str = ON, zone: object = PARIS, told: str | None = None) -> PaymentReceived:
    """A payment whose hour nobody knows: its sender writes midnight."""
    day = instant(on).date()
    at = datetime(day.year, day.month, day.day, tzinfo=zone)  # type: ignore[arg-type]
    return replace(
        paid(f"{on} 12:00", PERIOD, amount), at=at.astimezone(UTC), received_at=instant(told or f"{on} 20:00")
    )


@pytest.mark.parametrize("zone", MIDNIGHTS, ids=str)
@pytest.mark.parametrize("amount_known", [True, False])
@pytest.mark.parametrize("hour", ["00:30", "10:00", "23:30"])
def test_a_payment_of_the_incident_s_own_day_ends_it(zone: object, amount_known: bool, hour: str) -> None:
    life = young()
    if amount_known:
        life.tell(due("2026-11-10", PERIOD, DUE_ON, "640"))
    life.tell(detected(f"{ON} {hour}", "640"), by_day("640", zone=zone, told="2026-11-19 09:00"))
    assert incident(life).status is IncidentStatus.PAID


def test_a_payment_of_the_day_before_does_not_pay_what_was_missing_after_it() -> None:
    life = young().tell(by_day("640", "2026-11-17"), detected("2026-11-18 10:00", "640"))
    assert incident(life).status is IncidentStatus.OPEN


def test_a_part_payment_of_that_day_that_was_counted_already_is_not_counted_again() -> None:
    life = young().tell(due("2026-11-10", PERIOD, DUE_ON, "2000"))
    life.tell(detected(f"{ON} 10:00", kind="partial_payment"), by_day("1000"))
    assert (incident(life).status, left_to_pay(life.journey, incident(life))) == (IncidentStatus.OPEN, 1000)


def test_the_debit_rejected_that_morning_is_paid_by_the_transfer_of_that_day() -> None:
    life = young().tell(detected(f"{ON} 10:00", "640", kind="debit_rejected"), by_day("640"))
    assert incident(life).status is IncidentStatus.PAID


def test_a_plan_granted_that_morning_is_kept_by_the_payment_of_that_day() -> None:
    life = young().tell(detected(f"{ON} 08:40", "640"))
    plan = ask_for_plan(life, f"{ON} 09:00", ("2026-12-01", "320"), ("2026-12-15", "320")).data["id"]
    assert decide(life, f"{ON} 11:00", plan, "accept").status == 200
    life.tell(by_day("640"))
    assert life.journey.plans[plan].status is PlanStatus.KEPT


def test_a_notice_of_that_day_is_over_once_it_is_paid_that_day() -> None:
    life = young().tell(served(f"{ON} 10:00", "2026-12-18", Stage.NOTICE), by_day("1050"))
    assert incident(life).status is IncidentStatus.PAID


@MODEST
@given(st.permutations(range(4)), st.sampled_from(MIDNIGHTS), st.booleans())
def test_in_whatever_order_they_are_told_what_is_left_is_the_same(order: list[int], zone: object, part: bool) -> None:
    said = "640" if not part else "240"
    facts: list[Fact] = [
        due("2026-11-10", PERIOD, DUE_ON, "640"),
        detected(f"{ON} 10:00", said, kind="partial_payment" if part else "unpaid"),
        by_day("400", zone=zone),
        paid(f"{ON} 15:00", PERIOD, "100"),
    ]
    life = lived_to(f"{ON} 21:00")
    for number in order:
        life.absorb(facts[number])
    assert left_to_pay(life.journey, incident(life)) == Decimal(140)


def lived_to(moment: str) -> Life:
    return young().until(moment)
