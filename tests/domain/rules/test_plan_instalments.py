from decimal import Decimal

import pytest

from domain.cases import PlanStatus
from domain.messages import objection
from domain.state import CloseReason
from tests.domain.rules.happenings import due, ended, opened, paid
from tests.domain.rules.life import Life
from tests.domain.rules.planning import (
    PERIOD,
    ask,
    cancelled,
    decide,
    firm,
    incident,
    leaving,
    left,
    plan,
    running,
    told,
    worked,
)


def reminded(life: Life) -> list[tuple[str, str, Decimal]]:
    """Day, due date and amount of each instalment's reminder."""
    facts = [it.facts for it in life.messages("PLN-6")]
    return [(on, str(it["due_on"]), it["amount"]) for on, it in zip(life.days("PLN-6"), facts, strict=True)]


@pytest.mark.parametrize("accountant", [True, False])
def test_a_plan_kept_is_reminded_three_days_before_each_date_and_thanked_at_its_end(accountant: bool) -> None:
    life = running(accountant=accountant)
    life.tell(paid("2026-12-14", PERIOD, "300"), paid("2027-01-15", PERIOD, "300"), paid("2027-02-15", PERIOD, "300"))
    life.until("2027-04-01")
    assert reminded(life) == [
        ("2026-12-11", "2026-12-15", Decimal(300)),
        ("2027-01-12", "2027-01-15", Decimal(300)),
        ("2027-02-12", "2027-02-15", Decimal(300)),
    ]
    assert plan(life).status is PlanStatus.KEPT
    assert told(life)[-1] == ("2027-02-15 10:00", "plan_kept")
    assert all(it.copy_accountant and it.critical for it in life.messages("PLN"))


def test_payments_count_against_the_instalments_in_order_whatever_their_sums() -> None:
    life = running().tell(paid("2026-12-09", PERIOD, "450"))
    assert left(life) == [0, 150, 300]
    life.until("2027-01-20")
    assert reminded(life) == [("2027-01-12", "2027-01-15", Decimal(150))]


def test_a_payment_between_the_request_and_the_answer_counts() -> None:
    life = running()
    life.absorb(paid("2026-12-07 12:00", PERIOD, "300"))
    assert left(life) == [0, 300, 300]


def test_paying_all_at_once_ends_the_plan_with_thanks() -> None:
    life = running().tell(paid("2026-12-12 16:00", PERIOD, "900"))
    assert plan(life).status is PlanStatus.KEPT
    life.until("2027-04-01")
    assert told(life)[-1] == ("2026-12-14 08:30", "plan_kept")


def test_an_instalment_missed_three_working_days_breaks_the_plan() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"), paid("2027-01-15", PERIOD, "100"))
    life.until("2027-01-20 18:29")
    assert plan(life).status is PlanStatus.RUNNING
    life.until("2027-01-20 18:31")
    assert plan(life).status is PlanStatus.BROKEN
    assert worked(life)[-1] == ("2027-01-20 18:30", "referent")
    (broken,) = life.journey.incidents.values()
    assert (broken.kind, broken.amount, str(broken.due_on)) == ("unpaid", Decimal(500), "2026-12-15")


def test_a_plan_short_by_a_small_sum_goes_on_and_is_kept_once_its_last_grace_is_over() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "299.50"), paid("2027-01-15", PERIOD, "300"))
    life.until("2027-02-01")
    assert plan(life).status is PlanStatus.RUNNING
    life.tell(paid("2027-02-15", PERIOD, "300")).until("2027-02-18 18:29")
    assert (plan(life).status, sum(left(life))) == (PlanStatus.RUNNING, Decimal("0.50"))
    life.until("2027-04-01")
    assert (plan(life).status, life.journey.incidents) == (PlanStatus.KEPT, {})
    assert told(life)[-1] == ("2027-02-19 08:30", "plan_kept")


def test_small_sums_missed_one_after_the_other_break_the_plan_once_they_are_no_small_sum_together() -> None:
    life = running([("2026-12-15", "885"), ("2027-01-15", "6"), ("2027-02-15", "9")])
    life.tell(paid("2026-12-15", PERIOD, "885")).until("2027-02-18 18:29")
    assert plan(life).status is PlanStatus.RUNNING
    assert plan(life.until("2027-02-18 18:31")).status is PlanStatus.BROKEN


def test_a_plan_on_a_small_sum_is_not_kept_by_paying_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-02", PERIOD, "2026-12-15", "9"))
    ask(life, "2026-12-07", [("2026-12-15", "9")])
    decide(life, "2026-12-08", "accept")
    assert plan(life.until("2027-01-10")).status is PlanStatus.BROKEN


def test_a_payment_on_the_last_day_of_grace_keeps_the_plan() -> None:
    life = running().tell(paid("2026-12-18 17:00", PERIOD, "300")).until("2027-01-10")
    assert plan(life).status is PlanStatus.RUNNING


def test_an_instalment_on_a_sunday_is_payable_on_monday_and_the_grace_follows() -> None:
    life = running([("2026-12-20", "900")])
    life.until("2026-12-24 18:29")
    assert [on for on, _, _ in reminded(life)] == ["2026-12-17"]
    assert plan(life).status is PlanStatus.RUNNING
    assert plan(life.until("2026-12-24 18:31")).status is PlanStatus.BROKEN


def test_a_broken_plan_may_be_followed_by_another_on_what_is_left() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300")).until("2027-01-25")
    assert plan(life).status is PlanStatus.BROKEN
    assert ask(life, "2027-01-25", [("2027-02-15", "600")]).status == 201
    assert decide(life, "2027-01-26", "accept").status == 200


def test_an_amount_corrected_downward_shortens_the_plan() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"), due("2027-01-04", PERIOD, "2026-12-15", "500"))
    assert left(life) == [0, 200, 200]
    life.tell(paid("2027-01-15", PERIOD, "200")).until("2027-04-01")
    assert plan(life).status is PlanStatus.KEPT


def test_a_plan_whose_incident_is_cancelled_asks_for_nothing_more() -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    ask(life, "2026-12-18", [("2027-01-15", "900")])
    decide(life, "2026-12-21", "accept")
    life.tell(cancelled("2026-12-22")).until("2027-04-01")
    assert (plan(life).status, plan(life).withdrawn) == (PlanStatus.KEPT, "cancelled")
    assert told(life)[-1] == ("2026-12-21 10:00", "plan_accepted")


def test_a_plan_asked_before_any_incident_outlives_one_taken_back() -> None:
    life = running().tell(incident("2026-12-16", "900"), cancelled("2026-12-17"))
    assert plan(life).status is PlanStatus.RUNNING


def test_a_plan_goes_on_after_the_journey() -> None:
    life = running().tell(ended("2026-12-10", CloseReason.DECLINED)).until("2026-12-14")
    assert life.is_closed
    assert [on for on, _, _ in reminded(life)] == ["2026-12-11"]


def test_a_collective_procedure_stops_what_a_plan_asks() -> None:
    life = running().tell(ended("2026-12-10", CloseReason.PROCEDURE)).until("2027-03-01")
    assert (plan(life).status, plan(life).withdrawn) == (PlanStatus.BROKEN, "procedure")
    assert (reminded(life), life.journey.incidents) == ([], {})
    assert ask(life, "2027-03-02", [("2027-04-15", "900")]).status == 409


def test_a_stop_over_a_reminder_becomes_a_call() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"))
    life.oversleep("2027-01-08", "2027-01-18")
    assert reminded(life)[1:] == []
    assert [it.task for it in life.tasks("PLN-6")] == ["call"]


def test_a_reminder_does_not_leave_once_its_instalment_is_paid_or_its_sum_changed() -> None:
    life = running().until("2026-12-12")
    message = leaving(life.messages("PLN-6")[0])
    assert objection(message, life.journey, life.now) is None
    life.tell(paid("2026-12-12 11:00", PERIOD, "100"))
    assert objection(message, life.journey, life.now) == "versement reçu entre-temps"
    life.tell(paid("2026-12-12 12:00", PERIOD, "200"))
    assert objection(message, life.journey, life.now) == "échéance payée entre-temps"
    life.tell(paid("2026-12-12 13:00", PERIOD, "600"))
    assert objection(message, life.journey, life.now) == "le délai de paiement est terminé"


def test_a_plan_granted_before_the_incident_was_spoken_of_opens_the_remission_too() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"), incident("2026-12-17", "600"))
    life.tell(paid("2027-01-15", PERIOD, "300"), paid("2027-02-15", PERIOD, "300"))
    assert [task.task for task in life.tasks("INC-8")] == ["remission"]
