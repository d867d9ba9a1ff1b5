from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.cases import IncidentStatus
from domain.requests import Ask
from domain.rulebook import Rulebook
from tests.domain.rules.happenings import IDF, due, instant, opened, paid
from tests.domain.rules.incident_life import (
    DUE_ON,
    PERIOD,
    ask,
    ask_for_plan,
    cancelled,
    decide,
    detected,
    incident,
    unpaid,
    young,
)
from tests.domain.rules.life import POLICIES, Life

END = "2027-02-01"


def follow_ups(life: Life) -> list[tuple[str, str]]:
    """Day and letter of each follow-up."""
    return [(on, m.template) for (on, _), m in zip(life.sent("INC-5"), life.messages("INC-5"), strict=True)]


def handed_over_on(life: Life) -> list[str]:
    letters = zip(life.sent("INC-7"), life.messages("INC-7"), strict=True)
    return [on for (on, _), m in letters if m.template == "incident_handed_over"]


def test_while_nothing_moves_it_is_followed_up_at_7_15_and_25_days_then_handed_over_after_the_30th() -> None:
    life = unpaid().until(END)
    assert follow_ups(life) == [
        ("2026-11-25", "incident_followup"),
        ("2026-12-03", "incident_followup"),
        ("2026-12-11", "incident_last_call"),
    ]
    assert incident(life).status is IncidentStatus.HANDED_OVER
    assert handed_over_on(life) == ["2026-12-17"]


def test_an_organisation_may_follow_up_sooner() -> None:
    sooner = replace(POLICIES[IDF], followup_days=(5, 10, 20))
    life = Life(opened("2026-10-01"), Rulebook.of({IDF: sooner})).tell(detected()).until(END)
    assert [on for on, _ in follow_ups(life)] == ["2026-11-23", "2026-11-30", "2026-12-07"]


def test_the_last_call_tells_the_right_to_error_with_its_day_when_no_other_late_payment_is_known() -> None:
    (*_, last) = unpaid().until(END).messages("INC-5")
    assert (last.facts["right_to_error"], last.facts["thirtieth_on"]) == (True, date(2026, 12, 16))


@pytest.mark.parametrize(
    "earlier",
    [
        [detected("2026-10-20", period="2026-09", due_on=date(2026, 10, 15)), paid("2026-10-21", "2026-09", "1000")],
        [due("2026-10-05", "2026-09", "2026-10-15", "500"), paid("2026-10-19", "2026-09", "500")],
        [due("2026-10-05", "2026-09", "2026-10-15", "500")],
    ],
)
def test_the_right_to_error_is_not_told_when_another_late_payment_is_known(earlier) -> None:
    life = Life(opened("2026-09-01")).tell(*earlier, detected()).until(END)
    (last,) = [m for m in life.messages("INC-5") if m.facts.get("thirtieth_on") == date(2026, 12, 16)]
    assert not last.facts["right_to_error"]


def test_a_payment_received_on_its_due_date_and_told_the_next_day_keeps_the_right_to_error() -> None:
    told = paid("2026-10-16", "2026-09", "500", on="2026-10-15")
    life = Life(opened("2026-09-01")).tell(due("2026-10-05", "2026-09", "2026-10-15", "500"), told, detected())
    assert life.until(END).messages("INC-5")[-1].facts["right_to_error"]


def test_an_earlier_incident_taken_back_does_not_take_the_right_to_error_away() -> None:
    mistaken = detected("2026-10-20", period="2026-09", due_on=date(2026, 10, 15))
    life = Life(opened("2026-09-01")).tell(mistaken, cancelled("2026-10-21", "2026-09"), detected()).until(END)
    assert life.messages("INC-5")[-1].facts["right_to_error"]


def test_a_part_payment_puts_the_ladder_off_and_skips_no_step() -> None:
    life = unpaid().tell(paid("2026-11-23", PERIOD, "400")).until(END)
    assert [on for on, _ in follow_ups(life)] == ["2026-11-30", "2026-12-08", "2026-12-11"]
    assert life.messages("INC-5")[0].facts["amount"] == 600


def test_a_step_too_close_to_the_last_call_gives_way_to_it() -> None:
    life = young().tell(detected("2026-11-26")).until(END)
    assert follow_ups(life) == [("2026-12-03", "incident_followup"), ("2026-12-11", "incident_last_call")]


def test_an_incident_learnt_after_the_thirtieth_day_still_gets_its_kind_words_before_recovery() -> None:
    life = young().tell(detected("2026-12-21")).until(END)
    assert follow_ups(life) == [("2026-12-28", "incident_followup"), ("2027-01-05", "incident_followup")]
    assert handed_over_on(life) == ["2027-01-11"]


def test_a_promise_waits_for_its_date_then_the_ladder_goes_on() -> None:
    life = unpaid()
    assert ask(life, "2026-11-19", Ask.PROMISE, incident=incident(life).id, on="2026-12-04", note="n1").status == 200
    life.until(END)
    assert follow_ups(life) == [("2026-12-07", "incident_followup"), ("2026-12-11", "incident_last_call")]
    assert incident(life).notes == ("n1",)


def test_a_promise_kept_is_thanked_and_never_followed_up() -> None:
    life = unpaid()
    ask(life, "2026-11-19", Ask.PROMISE, incident=incident(life).id, on="2026-12-04", note=None)
    life.tell(paid("2026-12-04", PERIOD, "1000")).until(END)
    assert (follow_ups(life), life.days("INC-7")) == ([], ["2026-12-04"])


def test_a_promise_past_the_thirtieth_day_still_lets_the_last_call_leave() -> None:
    life = unpaid()
    ask(life, "2026-11-19", Ask.PROMISE, incident=incident(life).id, on="2026-12-18", note=None)
    life.until(END)
    assert follow_ups(life) == [("2026-12-11", "incident_last_call"), ("2026-12-21", "incident_followup")]
    assert handed_over_on(life) == ["2026-12-28"]


@pytest.mark.parametrize(("on", "status"), [("2026-11-18", 409), ("2027-01-05", 409), ("2026-11-19", 200)])
def test_a_promise_is_for_a_day_ahead_at_most_thirty_days_away(on: str, status: int) -> None:
    life = unpaid()
    assert ask(life, "2026-11-19", Ask.PROMISE, incident=incident(life).id, on=on, note=None).status == status


def test_a_promise_on_an_unknown_incident_is_a_404_and_on_a_paid_one_a_409() -> None:
    life = unpaid().tell(paid("2026-11-19", PERIOD, "1000"))
    assert ask(life, "2026-11-20 09:00", Ask.PROMISE, incident="unknown", on="2026-11-30", note=None).status == 404
    assert ask(life, "2026-11-20", Ask.PROMISE, incident=incident(life).id, on="2026-11-30", note=None).status == 409


def test_nothing_is_chased_while_a_plan_awaits_its_answer_or_runs() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", ("2026-12-10", "500"), ("2027-01-11", "500")).data["id"]
    assert decide(life, "2026-11-23", plan, "accept").status == 200
    life.tell(paid("2026-12-10", PERIOD, "500"), paid("2027-01-11", PERIOD, "500")).until(END)
    assert (follow_ups(life), incident(life).status) == ([], IncidentStatus.PAID)
    assert not life.messages("INC-7")


def test_a_broken_plan_opens_the_incident_again_and_tells_it() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", ("2026-12-10", "500"), ("2027-01-11", "500")).data["id"]
    decide(life, "2026-11-23", plan, "accept")
    assert incident(life).status is IncidentStatus.PLANNED
    life.until("2026-12-17 12:00")
    assert (incident(life).status, life.days("INC-2")) == (IncidentStatus.OPEN, ["2026-11-18", "2026-12-16"])
    assert life.messages("INC-2")[-1].facts["broken_plan"]


def test_a_plan_asked_for_before_the_incident_is_not_asked_for_again() -> None:
    life = young().tell(due("2026-11-17 09:00", PERIOD, DUE_ON, "1000"))
    ask_for_plan(life, "2026-11-17 15:00", ("2026-12-10", "500"), ("2027-01-11", "500"))
    (message,) = life.tell(detected()).messages("INC-2")
    assert message.facts["plan_pending"]


@pytest.mark.parametrize("days", [1, 8, 20, 60])
def test_after_a_stop_each_step_leaves_once_or_says_that_it_did_not(days: int) -> None:
    wake = date(2026, 11, 24) + timedelta(days=days)
    life = unpaid().until("2026-11-24").oversleep("2026-11-24", f"{wake} 10:00").until("2027-06-01")
    words = [m.subject for m in life.messages("INC-5")]
    assert len(words) == len(set(words))
    assert len(words) + len(life.skips("INC-5")) == 3
    assert all(on > "2026-11-24" for on, _ in follow_ups(life))


def test_what_the_thirtieth_day_changes_is_not_said_after_it() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-19", ("2026-12-10", "500"), ("2027-01-11", "500")).data["id"]
    ask(life, "2026-11-20", Ask.MISSING_PIECE, plan=plan, piece="accounts")
    life.until("2026-12-22 12:00")
    assert "incident_last_call" not in [letter for _, letter in follow_ups(life)]
    assert life.skips("INC-5") == [("2026-12-19", "Relance pour octobre 2026 trop tardive : non envoyée")]
    assert incident(life).contacted_at == instant("2026-11-18")
