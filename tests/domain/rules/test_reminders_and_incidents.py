"""REM-1 and REM-3: reminders know what an incident says of a period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.cases import PlanStatus
from domain.facts import DeclarationReceived
from domain.messages import objection
from domain.requests import Ask
from tests.domain.rules.happenings import ACCOUNT, due, instant, opened, stamp
from tests.domain.rules.incident_life import (
    DUE_ON,
    PERIOD,
    ask,
    ask_for_plan,
    cancelled,
    decide,
    detected,
    young,
)
from tests.domain.rules.life import MODEST, Life
from tests.domain.rules.planning import leaving

AHEAD = "2026-11-10"
"""Before the reminder of October leaves, on 13 November."""


def firm(**changed: Any) -> Life:
    return Life(opened("2026-10-01", **changed)).until("2026-11-09")


def declared(at: str, period: str) -> DeclarationReceived:
    return DeclarationReceived(**stamp(at), account=ACCOUNT, period=period, received_on=instant(at).date())


def reminders(life: Life, period: str = PERIOD) -> list[tuple[str, str, str]]:
    """Day, kind and date of each reminder of a period."""
    sent = zip(life.days("REM-2"), life.messages("REM-2"), strict=True)
    return [
        (on, it.facts["subject_kind"], str(it.facts["due_on"]))
        for on, it in sent
        if it.facts["contribution"].endswith(period)
    ]


def test_a_period_said_unpaid_is_not_reminded() -> None:
    life = firm().tell(due(AHEAD, PERIOD, DUE_ON, "1000"), detected(AHEAD)).until("2026-11-30")
    assert not reminders(life)
    assert ("2026-11-13", "Pas de rappel pour octobre 2026 : un incident en parle") in life.skips("REM-3")


def test_a_period_said_unpaid_whose_declaration_is_owed_is_reminded_of_it_alone() -> None:
    life = firm().tell(detected(AHEAD)).until("2026-11-30")
    assert reminders(life) == [("2026-11-13", "declaration", DUE_ON)]


def test_what_is_said_undeclared_is_not_reminded_either() -> None:
    life = firm().tell(detected(AHEAD, kind="undeclared")).until("2026-11-30")
    assert not reminders(life)


def test_a_declaration_received_is_not_reminded() -> None:
    life = firm().tell(declared(AHEAD, PERIOD), detected(AHEAD)).until("2026-11-30")
    assert not reminders(life)


def test_a_quarter_said_unpaid_leaves_the_reminder_of_its_last_month_s_declaration() -> None:
    life = Life(opened("2026-10-01", quarterly=True)).until("2027-01-05")
    life.tell(replace(detected("2027-01-06"), period="2026-Q4", due_on=date(2027, 1, 15))).until("2027-01-31")
    assert reminders(life, "2026-12") == [("2027-01-12", "declaration", "2027-01-15")]
    assert not reminders(life, "2026-Q4")


def test_a_monthly_declaration_of_a_quarterly_payer_that_is_there_is_not_reminded() -> None:
    life = Life(opened("2026-10-01", quarterly=True)).until("2026-11-05")
    life.tell(declared("2026-11-06", PERIOD)).until("2026-11-30")
    assert not reminders(life)


def test_a_due_date_stated_by_an_incident_wins_over_the_law() -> None:
    life = firm().tell(detected(AHEAD, due_on=date(2026, 11, 20))).until("2026-11-30")
    assert reminders(life) == [("2026-11-17", "declaration", "2026-11-20")]


def test_the_newest_of_the_dates_stated_wins() -> None:
    said = detected(AHEAD, due_on=date(2026, 11, 20))
    life = firm().tell(said, cancelled("2026-11-10 11:00")).until("2026-11-30")
    assert [it[2] for it in reminders(life)] == ["2026-11-20"]
    life = firm().tell(said, cancelled("2026-11-10 11:00"), due("2026-11-10 12:00", PERIOD, DUE_ON, "1000"))
    assert [it[2] for it in reminders(life.until("2026-11-30"))] == [DUE_ON]


def test_a_plan_broken_before_the_due_date_brings_no_friendly_reminder() -> None:
    life = firm().tell(due("2026-11-09", PERIOD, "2026-12-15", "1000"))
    plan = ask_for_plan(life, "2026-11-10", ("2026-11-30", "500"), ("2026-12-30", "500")).data["id"]
    decide(life, "2026-11-10 15:00", plan, "accept")
    life.until("2026-12-31")
    assert life.journey.plans[plan].status is PlanStatus.BROKEN
    assert not reminders(life)


def test_a_reminder_about_to_leave_is_held_back_by_the_incident_told_that_morning() -> None:
    life = firm().tell(due(AHEAD, PERIOD, DUE_ON, "1000")).until("2026-11-13 18:00")
    [reminder] = [it for it in life.messages("REM-2") if it.facts["contribution"].endswith(PERIOD)]
    assert objection(leaving(reminder), life.journey, life.now) is None
    life.tell(detected("2026-11-13 18:01"))
    assert objection(leaving(reminder), life.journey, life.now) == "un incident en parle"


def test_an_announced_difficulty_leaves_the_reminder() -> None:
    life = firm().tell(due(AHEAD, PERIOD, DUE_ON, "1000"))
    ask(life, "2026-11-10 11:00", Ask.DIFFICULTY, period=PERIOD)
    assert [it[:2] for it in reminders(life.until("2026-11-30"))] == [("2026-11-13", "both")]


@MODEST
@given(st.permutations(range(4)))
def test_in_whatever_order_they_are_told_the_same_is_reminded(order: list[int]) -> None:
    facts = [
        due(AHEAD, PERIOD, "2026-11-18", "1000"),
        detected("2026-11-10 11:00", due_on=date(2026, 11, 20)),
        cancelled("2026-11-10 12:00"),
        declared("2026-11-10 13:00", PERIOD),
    ]
    life = firm().until("2026-11-10 14:00")
    for number in order:
        life.absorb(facts[number])
    assert reminders(life.until("2026-11-30")) == [("2026-11-17", "payment", "2026-11-20")]


def test_a_correction_tells_nothing_of_what_an_incident_says() -> None:
    life = (
        young()
        .tell(due("2026-11-17 09:00", PERIOD, DUE_ON, "900"), detected())
        .tell(due("2026-11-19", PERIOD, DUE_ON, "1000"))
    )
    assert not life.until("2026-11-30").messages("REM-4")
