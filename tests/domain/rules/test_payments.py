"""What of a period has really been paid, told in whatever order: one reckoning for incidents, plans and requests."""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases import IncidentStatus, Plan, PlanStatus
from domain.facts import Fact, IncidentDetected, PaymentReceived
from domain.messages import objection
from domain.requests import Ask
from domain.rules.arrears import left_to_pay
from domain.rules.plans import left_on
from tests.domain.rules.happenings import ACCOUNT, due, instant, paid
from tests.domain.rules.incident_life import (
    DUE_ON,
    PERIOD,
    ask,
    ask_for_plan,
    cancelled,
    decide,
    detected,
    incident,
    young,
)
from tests.domain.rules.life import MODEST, Life
from tests.domain.rules.planning import leaving

PART = "partial_payment"


def owed(amount: str, word: IncidentDetected) -> Life:
    """A firm whose period is stated, then the word of an incident on it."""
    return young().tell(due("2026-11-10", PERIOD, DUE_ON, amount), word)


def left(life: Life) -> object:
    return left_to_pay(life.journey, incident(life))


def test_a_payment_told_without_its_time_after_the_part_payment_it_made_counts_once() -> None:
    life = owed("2000", detected(kind=PART)).tell(paid("2026-11-19", PERIOD, "1000", DUE_ON))
    assert (incident(life).status, left(life)) == (IncidentStatus.OPEN, 1000)
    assert not life.messages("INC-7")


def test_a_payment_told_without_its_time_that_the_incident_had_not_seen_ends_it() -> None:
    for known in (True, False):
        life = (owed("1000", detected()) if known else young().tell(detected())).tell(
            paid("2026-11-19", PERIOD, "1000", DUE_ON)
        )
        assert incident(life).status is IncidentStatus.PAID


def test_a_day_is_that_of_the_organisation_when_the_incident_is_detected_at_night() -> None:
    night = replace(detected(kind=PART), at=instant("2026-11-18 00:30").astimezone(UTC))
    life = owed("2000", night).tell(paid("2026-11-19", PERIOD, "1000", "2026-11-17"))
    assert left(life) == 1000


SHARE = replace(due("2026-11-10", PERIOD, DUE_ON, "1000"), employee_share=Decimal(300))
TWICE = (("2026-12-01", "500"), ("2027-01-04", "500"))


def bounced() -> Life:
    """A firm whose debit of 1000 was told as a payment, then rejected."""
    return young().tell(SHARE, paid("2026-11-17 09:00", PERIOD, "1000"), detected(kind="debit_rejected"))


def planned(life: Life, *instalments: tuple[str, str]) -> Life:
    plan = ask_for_plan(life, "2026-11-19", *(instalments or TWICE)).data["id"]
    assert decide(life, "2026-11-19 12:00", plan, "accept").status == 200
    return life


def plan_of(life: Life) -> Plan:
    return next(iter(life.journey.plans.values()))


def test_a_debit_that_bounced_does_not_keep_the_plan_on_it() -> None:
    life = planned(bounced()).tell(due("2026-11-24", PERIOD, DUE_ON, "1000")).until("2026-11-30")
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.RUNNING, IncidentStatus.PLANNED)
    life.tell(paid("2026-12-01", PERIOD, "500"), paid("2027-01-04", PERIOD, "500"))
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.KEPT, IncidentStatus.PAID)


def test_a_plan_on_a_debit_that_bounced_leaves_its_debt_when_it_breaks() -> None:
    life = planned(bounced()).until("2026-12-10")
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.BROKEN, IncidentStatus.OPEN)
    assert left(life) == 1000


def test_what_is_said_later_of_a_debit_that_bounced_does_not_pay_it() -> None:
    life = bounced().tell(detected("2026-11-20"))
    assert (incident(life).status, left(life)) == (IncidentStatus.OPEN, 1000)


def test_the_employee_share_of_a_debit_that_bounced_is_still_to_be_paid_first() -> None:
    answer = ask_for_plan(bounced(), "2026-11-19", ("2026-12-01", "100"), ("2027-01-04", "900"))
    assert answer.data["missing"] == ["employee_share"]


def test_a_difficulty_may_be_announced_for_a_debit_that_bounced() -> None:
    assert ask(bounced(), "2026-11-19", Ask.DIFFICULTY, period=PERIOD).status == 201


def test_a_rejection_taken_back_was_a_payment_after_all() -> None:
    life = bounced().tell(cancelled("2026-11-20"))
    assert ask(life, "2026-11-23", Ask.DIFFICULTY, period=PERIOD).status == 409


def test_only_what_bounced_is_owed_again() -> None:
    life = young().tell(SHARE, paid("2026-11-16 09:00", PERIOD, "400"), paid("2026-11-17 09:00", PERIOD, "600"))
    life.tell(detected(amount="600", kind="debit_rejected"))
    assert life.journey.contribution(ACCOUNT, PERIOD).paid == 400


def test_an_instalment_that_bounces_is_not_paid_and_the_next_payment_is() -> None:
    life = planned(bounced()).tell(paid("2026-12-01", PERIOD, "500"))
    life.tell(detected("2026-12-02", amount="500", kind="debit_rejected"))
    assert left_on(life.journey, plan_of(life)) == 1000
    life.tell(paid("2026-12-03", PERIOD, "500")).until("2026-12-10")
    assert (left_on(life.journey, plan_of(life)), plan_of(life).status) == (500, PlanStatus.RUNNING)


@MODEST
@given(st.permutations(range(6)))
def test_in_whatever_order_they_are_told_bounces_leave_the_same_paid(order: list[int]) -> None:
    facts: list[Fact] = [
        paid("2026-11-16 09:00", PERIOD, "700"),
        detected("2026-11-17 09:00", amount="700", kind="debit_rejected"),
        cancelled("2026-11-17 15:00"),
        paid("2026-11-17 16:00", PERIOD, "200"),
        detected("2026-11-18 09:00", amount="500", kind="debit_rejected"),
        paid("2026-11-18 10:00", PERIOD, "100"),
    ]
    life = young().until("2026-11-19")
    for number in order:
        life.absorb(facts[number])
    assert life.journey.contribution(ACCOUNT, PERIOD).paid == 500


def lately(happened: str, told: str, amount: str, on: str) -> PaymentReceived:
    """A payment that happened at an instant and was told at another."""
    return replace(paid(happened, PERIOD, amount, on), received_at=instant(told))


EARLIER = [lately("2026-11-16 09:00", "2026-11-20", "1000", DUE_ON), paid("2026-11-20", PERIOD, "1000", DUE_ON)]
"""What was paid on the due date, told four days later with its time or without."""


@pytest.mark.parametrize("payment", EARLIER)
def test_a_payment_older_than_the_incident_keeps_no_plan_on_it(payment: PaymentReceived) -> None:
    life = planned(owed("2000", detected(kind=PART))).tell(payment)
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.RUNNING, IncidentStatus.PLANNED)
    life.tell(paid("2026-12-01", PERIOD, "500"), paid("2027-01-04", PERIOD, "500"))
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.KEPT, IncidentStatus.PAID)
    assert life.days("PLN-8") == ["2027-01-04"]


@pytest.mark.parametrize("payment", EARLIER)
def test_a_payment_older_than_the_incident_withdraws_no_request(payment: PaymentReceived) -> None:
    life = owed("2000", detected(kind=PART))
    ask_for_plan(life, "2026-11-19", *TWICE)
    assert plan_of(life.tell(payment)).status is PlanStatus.REQUESTED


@pytest.mark.parametrize("payment", EARLIER)
def test_a_payment_older_than_the_incident_keeps_a_plan_that_spreads_it(payment: PaymentReceived) -> None:
    life = planned(owed("1000", detected())).tell(payment)
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.KEPT, IncidentStatus.PAID)


@pytest.mark.parametrize("payment", EARLIER)
def test_a_counter_proposal_counts_as_its_request_does(payment: PaymentReceived) -> None:
    life = owed("2000", detected(kind=PART))
    plan = ask_for_plan(life, "2026-11-19", *TWICE).data["id"]
    drawn = [{"due_on": "2026-12-15", "amount": "1000"}]
    ask(life, "2026-11-19 12:00", Ask.DECIDE_PLAN, plan=plan, decision="counter", instalments=drawn, note="n")
    life.tell(payment)
    ask(life, "2026-11-23", Ask.REPLY_TO_PLAN, plan=plan, accepted=True)
    assert (plan_of(life).status, left_on(life.journey, plan_of(life))) == (PlanStatus.RUNNING, 1000)


def test_a_plan_on_an_amount_nobody_stated_is_kept_by_what_is_paid_after_the_incident_alone() -> None:
    life = planned(young().tell(detected(kind=PART))).tell(EARLIER[0])
    assert plan_of(life).status is PlanStatus.RUNNING
    life.tell(due("2026-11-24", PERIOD, DUE_ON, "2000"), paid("2026-12-01", PERIOD, "500"))
    assert left_on(life.journey, plan_of(life)) == 500


def raised(*facts: Fact) -> Life:
    """A plan on 1000, whose amount is then stated at 1500, and what comes of it."""
    return planned(owed("1000", detected())).tell(due("2026-11-24", PERIOD, DUE_ON, "1500"), *facts)


KEPT = (paid("2026-12-01", PERIOD, "500"), paid("2027-01-04", PERIOD, "500"))


def test_an_amount_raised_under_a_plan_is_told_with_what_the_plan_leaves_out() -> None:
    life = raised(due("2026-11-25", PERIOD, DUE_ON, "1500")).until("2026-11-30")
    (letter,) = life.messages("REM-4")
    assert (letter.template, letter.facts["amount"], letter.facts["beyond"]) == ("due_correction", 1500, 500)
    assert objection(leaving(letter), life.journey, life.now) is None
    assert objection(leaving(letter), life.tell(paid("2026-11-30", PERIOD, "1500")).journey, life.now) is not None


@pytest.mark.parametrize("word", [(), (detected("2026-11-25", amount="1500"),)])
def test_what_a_kept_plan_left_out_is_still_owed(word: tuple[Fact, ...]) -> None:
    life = raised(*word, *KEPT)
    (thanks,) = life.messages("PLN-8")
    assert (plan_of(life).status, thanks.facts["beyond"]) == (PlanStatus.KEPT, 500)
    assert (incident(life).status, left(life)) == (IncidentStatus.OPEN, 500)
    assert life.messages("INC-2")[-1].facts["amount"] == 500
    assert not life.messages("INC-7")
    assert incident(life.tell(paid("2027-01-11", PERIOD, "500"))).status is IncidentStatus.PAID


def test_a_payment_nobody_told_of_is_not_taken_for_an_amount_raised() -> None:
    life = planned(owed("2000", detected(kind=PART))).tell(due("2026-11-24", PERIOD, DUE_ON, "2000"), *KEPT)
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.KEPT, IncidentStatus.PAID)
    assert not life.messages("REM-4")


def test_an_amount_raised_and_lowered_again_leaves_nothing_out() -> None:
    life = raised(due("2026-11-26", PERIOD, DUE_ON, "1000"), *KEPT)
    assert (plan_of(life).status, incident(life).status) == (PlanStatus.KEPT, IncidentStatus.PAID)


def test_an_amount_learnt_above_a_plan_asked_before_it_is_told() -> None:
    life = young()
    plan = ask_for_plan(life, "2026-11-17 09:00", *TWICE).data["id"]
    decide(life, "2026-11-17 09:30", plan, "accept")
    life.tell(due("2026-11-18", PERIOD, "2026-11-20", "1200"))
    assert [m.facts["beyond"] for m in life.messages("REM-4")] == [200]
