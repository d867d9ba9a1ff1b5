from dataclasses import replace
from datetime import date

import pytest

from domain.cases import IncidentStatus, Stage
from domain.requests import Ask
from domain.state import CloseReason
from tests.domain.rules.happenings import ended, instant, paid
from tests.domain.rules.incident_life import (
    PERIOD,
    ask,
    ask_for_plan,
    cancelled,
    commitments,
    decide,
    detected,
    incident,
    published,
    served,
    unpaid,
    young,
)
from tests.domain.rules.life import Life
from tests.domain.rules.planning import running

TWICE = (("2026-12-10", "500"), ("2027-01-11", "500"))


def test_recovery_is_held_from_the_request_to_the_refusal() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", *TWICE).data["id"]
    assert incident(life).hold == "plan_requested"
    decide(life, "2026-11-23", plan, "refuse")
    assert published(life) == [
        ("2026-11-20", "recovery.held", "plan_requested"),
        ("2026-11-23", "recovery.released", "plan_requested_ended"),
    ]


def test_a_plan_that_runs_holds_recovery_to_its_end() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", *TWICE).data["id"]
    decide(life, "2026-11-23", plan, "accept")
    life.tell(paid("2026-12-10", PERIOD, "500"), paid("2027-01-11", PERIOD, "500"))
    assert [(kind, reason) for _, kind, reason in published(life)] == [
        ("recovery.held", "plan_requested"),
        ("recovery.held", "plan_running"),
        ("recovery.released", "paid"),
    ]


def test_without_a_plan_that_runs_recovery_is_held_thirty_days_at_most() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", *TWICE).data["id"]
    ask(life, "2026-11-20 11:00", Ask.MISSING_PIECE, plan=plan, piece="bank_statements")
    life.until("2027-02-01")
    assert published(life) == [
        ("2026-11-20", "recovery.held", "plan_requested"),
        ("2026-12-20", "recovery.released", "days_elapsed"),
    ]


def planned() -> Life:
    """A firm told of its incident, whose plan runs; its accountant spares it the priority appointment."""
    life = unpaid(accountant=True)
    plan = ask_for_plan(life, "2026-11-20", *TWICE).data["id"]
    decide(life, "2026-11-23", plan, "accept")
    return life


def test_a_plan_broken_after_the_journeys_end_is_told_and_releases_recovery() -> None:
    life = planned().tell(ended("2026-11-25", CloseReason.DECLINED)).until("2026-12-17")
    assert life.days("INC-2") == ["2026-11-18", "2026-12-16"]
    assert published(life)[-1] == ("2026-12-15", "recovery.released", "plan_running_ended")


def test_a_plan_asked_before_its_due_date_and_broken_after_the_journeys_end_is_told() -> None:
    life = running().tell(ended("2026-12-10", CloseReason.DECLINED)).until("2026-12-21")
    assert life.days("INC-2") == ["2026-12-21"]


def test_a_collective_procedure_releases_the_hold_of_a_plan_that_runs() -> None:
    life = planned().tell(ended("2026-11-25", CloseReason.PROCEDURE)).until("2027-02-01")
    assert published(life)[-1] == ("2026-11-25", "recovery.released", "procedure")
    assert incident(life).hold is None


def test_recovery_stays_held_while_a_request_outlives_a_journey_that_spoke_of_nothing_yet() -> None:
    life = young().tell(detected("2026-11-21"))
    plan = ask_for_plan(life, "2026-11-21 11:00", *TWICE).data["id"]
    life.tell(ended("2026-11-21 12:00", CloseReason.DECLINED)).until("2026-11-23 12:00")
    assert incident(life).hold == "plan_requested"
    decide(life, "2026-11-23 14:00", plan, "refuse")
    assert published(life)[-1][1:] == ("recovery.released", "plan_requested_ended")


def test_an_incident_taken_back_releases_the_hold() -> None:
    life = unpaid()
    ask_for_plan(life, "2026-11-20", *TWICE)
    life.tell(cancelled("2026-11-21 10:00"))
    assert published(life)[-1][1:] == ("recovery.released", "cancelled")


def test_a_formal_notice_is_explained_and_called_about() -> None:
    life = unpaid(accountant=True).tell(served("2026-12-18", "2027-01-18"))
    (letter,) = life.messages("INC-10")
    assert (letter.template, letter.facts["reply_by"], letter.copy_accountant) == (
        "notice_served",
        date(2027, 1, 18),
        True,
    )
    (call,) = life.tasks("INC-10")
    assert call.due_at.date() == date(2026, 12, 22)


def test_a_writ_is_explained_and_called_about_the_next_working_day() -> None:
    life = unpaid().tell(served("2026-12-18", "2027-01-18"), served("2027-02-12", "2027-03-01", Stage.WRIT))
    assert [m.template for m in life.messages("INC-10")] == ["notice_served", "writ_served"]
    assert life.tasks("INC-10")[-1].due_at.date() == date(2027, 2, 15)


def test_a_notice_served_twice_is_explained_once() -> None:
    life = unpaid().tell(served("2026-12-18", "2027-01-18"), served("2026-12-18", "2027-01-18"))
    assert len(life.messages("INC-10")) == len(life.tasks("INC-10")) == 1


def test_a_notice_ends_the_friendly_follow_ups_without_a_second_letter() -> None:
    life = unpaid().tell(served("2026-11-23", "2026-12-23")).until("2027-03-01")
    assert incident(life).status is IncidentStatus.HANDED_OVER
    assert not life.messages("INC-5")
    assert not life.messages("INC-7")


def test_a_notice_for_what_is_paid_is_not_explained() -> None:
    life = unpaid().tell(paid("2026-12-10", PERIOD, "1000"), served("2026-12-18", "2027-01-18"))
    assert not life.messages("INC-10")


def test_a_notice_known_after_its_delay_is_not_explained_but_called_about() -> None:
    late = served("2026-12-18", "2026-12-20")
    life = unpaid().until("2027-01-04")
    life.absorb(late)
    life.take_step()
    assert (len(life.messages("INC-10")), len(life.skips("INC-10")), len(life.tasks("INC-10"))) == (0, 1, 1)


@pytest.mark.parametrize("late", [False, True])
def test_a_notice_after_a_cancellation_counts_in_whatever_order_they_come(late: bool) -> None:
    taken_back, notice = cancelled("2026-11-20"), served("2026-11-25", "2026-12-25")
    if late:
        taken_back = replace(taken_back, received_at=instant("2026-11-25 10:01"))
    life = unpaid().tell(*((notice, taken_back) if late else (taken_back, notice))).until("2027-01-15")
    assert incident(life).status is IncidentStatus.HANDED_OVER
    assert (len(life.messages("INC-10")), len(life.tasks("INC-10"))) == (1, 1)
    assert len(commitments(life, "amicable_contact")) == 1


def test_a_cancellation_after_a_notice_takes_it_back() -> None:
    life = unpaid().tell(served("2026-11-25", "2026-12-25"), cancelled("2026-11-27"))
    assert incident(life).status is IncidentStatus.CANCELLED


def test_a_plan_after_a_notice_holds_recovery_again() -> None:
    life = unpaid().tell(served("2026-12-18", "2027-01-18"))
    plan = ask_for_plan(life, "2026-12-21", ("2027-01-11", "1000")).data["id"]
    decide(life, "2026-12-22", plan, "accept")
    assert incident(life).status is IncidentStatus.PLANNED
    assert published(life)[-1][1:] == ("recovery.held", "plan_running")


def test_the_amicable_contact_before_a_notice_is_measured_as_kept() -> None:
    (measured,) = commitments(unpaid().tell(served("2026-12-18", "2027-01-18")), "amicable_contact")
    assert measured.met_at is not None
    assert measured.breached_at is None


def test_a_notice_before_any_contact_is_a_commitment_missed() -> None:
    (measured,) = commitments(young().tell(served("2026-11-18", "2026-12-18")), "amicable_contact")
    assert measured.met_at is None
    assert measured.breached_at is not None


def test_the_letter_on_the_notice_is_the_contact_before_the_writ() -> None:
    life = unpaid().tell(served("2026-12-18", "2027-01-18"), served("2027-02-12", "2027-03-01", Stage.WRIT))
    assert all(it.met_at for it in commitments(life, "amicable_contact"))


def test_the_incident_of_a_notice_received_first_is_told_better_by_its_detection() -> None:
    life = young().tell(served("2026-12-18", "2027-01-18"), detected("2026-12-18 09:00", kind="debit_rejected"))
    assert (len(life.journey.incidents), incident(life).kind) == (1, "debit_rejected")
