from dataclasses import replace
from decimal import Decimal

import pytest

from domain.cases import PlanStatus
from domain.effects import Publish
from domain.requests import Ask
from domain.rulebook import Rulebook
from tests.domain.rules.happenings import IDF, PARIS, due, opened, paid
from tests.domain.rules.life import POLICIES, Life
from tests.domain.rules.planning import PERIOD, ask, decide, firm, incident, plan, reply, request, told, worked

COUNTER = [("2026-12-21", "450"), ("2027-01-21", "450")]


def accepting(limit: str = "3000") -> Life:
    """A firm whose organisation grants by delegation what it answers too late."""
    delegated = replace(POLICIES[IDF], plan_breach="accept", plan_accept_max_amount=Decimal(limit))
    life = Life(opened("2026-11-02"), Rulebook.of({**POLICIES, IDF: delegated}))
    return life.tell(due("2026-12-02", PERIOD, "2026-12-15", "900"))


def decided(life: Life) -> list[str]:
    published = [it.effect for it in life.of(Publish)]
    return [it.data["status"] for it in published if isinstance(it, Publish) and it.type == "plan.decided"]


def breaches(life: Life) -> list[str]:
    found = list(life.of(Publish, "SVC-1"))
    return [f"{it.at.astimezone(PARIS):%Y-%m-%d %H:%M}" for it in found]


def test_an_answer_in_time_keeps_the_commitment_and_is_told_in_the_window() -> None:
    life = firm()
    ask(life, "2026-12-05 21:12")
    assert decide(life, "2026-12-07 19:40", "accept").data == {"status": "running"}
    life.until("2026-12-09")
    assert told(life)[1:] == [("2026-12-08 08:30", "plan_accepted")]
    assert (decided(life), breaches(life)) == (["running"], [])


def test_a_second_decision_is_refused() -> None:
    life = firm()
    ask(life, "2026-12-07")
    assert [decide(life, "2026-12-08", it).status for it in ("refuse", "accept")] == [200, 409]


def test_the_referent_works_from_the_start_and_is_warned_at_48_hours_the_supervisor_at_the_last_useful_one() -> None:
    life = firm()
    ask(life, "2026-12-07")
    life.until("2026-12-10 09:59")
    assert worked(life) == [
        ("2026-12-07 10:00", "referent"),
        ("2026-12-09 10:00", "referent"),
        ("2026-12-09 17:30", "supervisor"),
    ]


def test_marks_of_a_weekend_are_told_before_it() -> None:
    life = firm()
    ask(life, "2026-12-04 09:00")
    life.until("2026-12-07 08:59")
    assert worked(life)[1:] == [("2026-12-04 17:30", "referent"), ("2026-12-04 17:30", "supervisor")]


def test_a_late_answer_is_recorded_and_goes_to_the_supervisor() -> None:
    life = firm()
    ask(life, "2026-12-07")
    life.until("2026-12-11")
    assert breaches(life) == ["2026-12-10 10:00"]
    assert worked(life)[-1] == ("2026-12-10 10:00", "supervisor")
    assert plan(life).status is PlanStatus.REQUESTED
    assert decide(life, "2026-12-11 11:00", "accept").status == 200


def test_a_late_answer_is_granted_within_the_delegation_at_night_and_told_in_the_morning() -> None:
    life = accepting()
    ask(life, "2026-12-04 22:00")
    life.until("2026-12-08")
    assert breaches(life) == ["2026-12-07 22:00"]
    assert (plan(life).status, plan(life).decided_by) == (PlanStatus.RUNNING, "policy")
    assert told(life)[1:] == [("2026-12-08 08:30", "plan_accepted")]


@pytest.mark.parametrize(("limit", "months"), [("899", 1), ("3000", 4)])
def test_a_late_answer_beyond_the_delegation_is_escalated(limit: str, months: int) -> None:
    life = accepting(limit)
    share = str(900 // months)
    ask(life, "2026-12-07", [(f"2027-0{month + 1}-15", share) for month in range(months)])
    life.until("2026-12-11")
    assert plan(life).status is PlanStatus.REQUESTED
    assert worked(life)[-1] == ("2026-12-10 10:00", "supervisor")


def test_a_refusal_needs_its_reason() -> None:
    life = firm()
    ask(life, "2026-12-07")
    bare = {"plan": plan(life).id, "decision": "refuse", "note": None, "by": "alice.martin"}
    assert "porte un motif" in request(life, "2026-12-08", Ask.DECIDE_PLAN, **bare).detail


def test_a_refusal_carries_its_reason_and_an_appointment_and_leaves_room_for_another_request() -> None:
    life = firm()
    ask(life, "2026-12-07")
    decide(life, "2026-12-08", "refuse")
    assert told(life)[-1] == ("2026-12-08 10:00", "plan_refused")
    assert "other" in [it.kind for it in life.journey.appointments.values() if it.subject == plan(life).id]
    assert life.messages("PLN")[-1].facts["note"] == "note-2"
    assert ask(life, "2026-12-09", COUNTER).status == 201


def test_a_counter_proposal_accepted_runs_with_its_own_dates_and_says_so_at_once() -> None:
    life = firm()
    ask(life, "2026-12-07")
    assert decide(life, "2026-12-08", "counter", COUNTER).status == 200
    assert str(life.messages("PLN")[-1].facts["until_on"]) == "2026-12-15"
    assert reply(life, "2026-12-12 22:00", accepted=True).status == 200
    assert [str(it.due_on) for it in plan(life).instalments] == ["2026-12-21", "2027-01-21"]
    assert told(life)[1:] == [("2026-12-08 10:00", "plan_countered"), ("2026-12-12 22:00", "plan_accepted")]
    assert decided(life) == ["countered", "running"]
    assert reply(life, "2026-12-13", accepted=False).status == 409


def test_a_counter_proposal_is_open_seven_days_from_when_it_can_be_read_then_silence_refuses_it() -> None:
    life = firm()
    ask(life, "2026-12-03")
    decide(life, "2026-12-05 20:00", "counter", COUNTER)
    life.until("2026-12-14 08:29")
    assert plan(life).status is PlanStatus.COUNTERED
    life.until("2026-12-14 08:31")
    assert plan(life).status is PlanStatus.REFUSED
    assert told(life)[1:] == [("2026-12-07 08:30", "plan_countered"), ("2026-12-14 08:30", "plan_lapsed")]
    assert reply(life, "2026-12-14 09:00", accepted=True).status == 409
    assert decided(life) == ["countered", "refused"]


def test_a_counter_proposal_declined_is_acknowledged() -> None:
    life = firm()
    ask(life, "2026-12-07")
    decide(life, "2026-12-08", "counter", COUNTER)
    assert reply(life, "2026-12-09 21:00", accepted=False).data == {"status": "refused"}
    assert told(life)[-1] == ("2026-12-09 21:00", "plan_lapsed")


def test_a_counter_proposal_spreads_what_is_left_when_it_is_made() -> None:
    life = firm()
    ask(life, "2026-12-07")
    life.tell(paid("2026-12-08 09:00", PERIOD, "200"))
    assert "la dette, 700,00 €" in decide(life, "2026-12-08 10:00", "counter", COUNTER).detail
    decide(life, "2026-12-08 10:05", "counter", [("2026-12-21", "350"), ("2027-01-21", "350")])
    life.tell(paid("2026-12-09", PERIOD, "350"))
    reply(life, "2026-12-10", accepted=True)
    life.until("2026-12-31")
    assert plan(life).status is PlanStatus.RUNNING


def test_what_the_law_asks_first_is_not_granted_away_but_may_be_proposed() -> None:
    life = firm().tell(incident("2026-12-17", "900", share="500"))
    ask(life, "2026-12-18", [("2027-01-15", "300"), ("2027-02-15", "600")])
    assert "part salariale" in decide(life, "2026-12-21", "accept").detail
    assert (
        "part salariale" in decide(life, "2026-12-21", "counter", [("2027-01-15", "400"), ("2027-02-15", "500")]).detail
    )
    assert decide(life, "2026-12-21", "counter", [("2027-01-15", "500"), ("2027-02-15", "400")]).status == 200


def test_a_plan_asked_on_a_friday_evening_is_no_late_answer_at_once() -> None:
    life = firm()
    ask(life, "2026-12-11 18:13", [("2026-12-21", "900")])
    assert worked(life.until("2026-12-14 08:00")) == [("2026-12-11 18:13", "referent")]
    assert worked(life.until("2026-12-14 18:00"))[1:] == [
        ("2026-12-14 08:30", "referent"),
        ("2026-12-14 12:13", "supervisor"),
    ]


def test_a_stop_of_a_week_over_the_marks_warns_nobody_late_and_still_escalates() -> None:
    life = firm()
    ask(life, "2026-12-07")
    life.oversleep("2026-12-08", "2026-12-15")
    assert worked(life)[1:] == [("2026-12-15 10:00", "supervisor")]
    assert len(life.skips("PLN-4")) == 2
