"""SAT-1: a short survey after a first appointment, an incident's end and an exit, at most one in sixty days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.cases import IncidentStatus, Stage
from domain.effects import Purpose
from domain.facts import SurveyAnswered
from domain.messages import objection
from domain.requests import Ask
from domain.rules.surveys import TROUBLED
from tests.domain.rules.happenings import instant, opened, paid, stamp
from tests.domain.rules.incident_life import PERIOD, detected, served, unpaid
from tests.domain.rules.life import Life
from tests.domain.rules.meetings import Meetings, slot
from tests.domain.rules.planning import leaving

THURSDAY = "2026-11-12 14:00"


def met() -> Meetings:
    """A first appointment was held on a Thursday."""
    life = Meetings(opened("2026-11-02"), slot(THURSDAY))
    life.take("2026-11-03", "initial", THURSDAY)
    life.ask("2026-11-12 15:00", Ask.OUTCOME, appointment=life.appointment("initial").id, status="held")
    return life


def farewell(life: Life) -> bool:
    """Whether the closing message asks for an opinion."""
    (closed,) = [message for message in life.to_the_end().messages() if message.template == "closed"]
    return bool(closed.facts["survey"])


def test_the_day_after_a_first_appointment_the_enterprise_is_asked_once() -> None:
    life = met().until("2027-03-01")
    (survey,) = life.messages("SAT-1")
    assert life.days("SAT-1") == ["2026-11-13"]
    assert (survey.template, survey.facts["moment"], survey.purpose) == ("survey", "appointment", Purpose.INFORMATION)


def test_a_missed_appointment_is_not_asked_about() -> None:
    life = Meetings(opened("2026-11-02"), slot(THURSDAY))
    life.take("2026-11-03", "initial", THURSDAY)
    life.ask("2026-11-12 15:00", Ask.OUTCOME, appointment=life.appointment("initial").id, status="missed")
    assert not life.until("2026-12-31").messages("SAT-1")


def test_the_end_of_an_incident_is_asked_about_on_the_next_working_day() -> None:
    life = unpaid().tell(paid("2026-11-20", PERIOD, "1000")).until("2027-01-31")
    assert life.days("SAT-1") == ["2026-11-23"]


def test_two_moments_within_sixty_days_are_asked_about_once_and_the_other_says_why() -> None:
    life = met().tell(detected("2026-12-17", period="2026-11"), paid("2026-12-18", "2026-11", "1000"))
    life.until("2027-03-01")
    assert life.days("SAT-1") == ["2026-11-13"]
    assert life.skips("SAT-1") == [("2026-12-19", "Pas d'enquête sur un incident : une autre est trop récente")]


def test_sixty_days_later_one_may_be_asked_again() -> None:
    life = met().tell(detected("2027-01-18", period="2026-12"), paid("2027-01-19", "2026-12", "1000"))
    assert life.until("2027-03-01").days("SAT-1") == ["2026-11-13", "2027-01-20"]


def test_the_closing_message_asks_unless_a_survey_left_in_the_sixty_days_before() -> None:
    assert farewell(met())
    late = Life(opened("2026-11-02")).tell(detected("2028-03-20", period="2028-02"))
    assert not farewell(late.tell(paid("2028-03-22", "2028-02", "1000")))


def test_a_moment_nobody_woke_for_is_not_asked_about_weeks_later() -> None:
    life = unpaid().tell(paid("2026-11-20", PERIOD, "1000")).oversleep("2026-11-20 12:00", "2026-12-20 10:00")
    assert (life.messages("SAT-1"), len(life.skips("SAT-1"))) == ([], 1)


def test_a_hand_over_is_no_good_end_to_ask_about() -> None:
    life = unpaid().until("2027-02-28")
    assert [it.status for it in life.journey.incidents.values()] == [IncidentStatus.HANDED_OVER]
    assert not life.messages("SAT-1")


@pytest.mark.parametrize("stage", [Stage.NOTICE, Stage.WRIT])
def test_nobody_is_asked_while_a_notice_or_a_writ_runs(stage: Stage) -> None:
    life = met().tell(served("2026-11-12 16:00", "2026-12-12", stage)).until("2026-12-31")
    assert not life.messages("SAT-1")
    assert ("2026-11-13", f"Pas d'enquête sur un premier rendez-vous : {TROUBLED}") in life.skips("SAT-1")


def test_the_good_end_of_one_incident_is_not_asked_about_while_another_runs() -> None:
    life = unpaid().tell(detected("2026-11-19", period="2026-09"), paid("2026-11-20", PERIOD, "1000"))
    assert not life.until("2026-12-31").messages("SAT-1")


def test_a_survey_about_to_leave_is_held_back_by_a_notice() -> None:
    life = met().until("2026-11-13 09:00")
    [survey] = life.messages("SAT-1")
    life.absorb(served("2026-11-13 09:01", "2026-12-12"))
    assert objection(leaving(survey), life.journey, life.now) == TROUBLED


def test_the_closing_message_asks_nothing_of_who_is_in_difficulty() -> None:
    assert not farewell(Life(opened("2026-11-02")).tell(detected("2028-04-20", period="2028-03")))


@pytest.mark.parametrize(("mark", "calls"), [(1, 1), (2, 1), (3, 0), (5, 0)])
def test_a_low_mark_opens_one_call(mark: int, calls: int) -> None:
    life = met().until("2026-11-13 12:00")
    said = SurveyAnswered(**stamp("2026-11-13 13:00"), moment="survey:appointment:x", satisfaction=mark)
    life.tell(said, replace(said, received_at=instant("2026-11-13 13:05")))
    assert len(life.tasks("SAT-1")) == calls
