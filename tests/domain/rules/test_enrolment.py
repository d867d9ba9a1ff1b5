from dataclasses import replace
from datetime import date

import pytest

from domain.state import Channel, CloseReason, Phase
from tests.domain.rules.happenings import confirmed, ended, headcount, opened
from tests.domain.rules.life import Life


def test_an_account_with_an_employee_starts_a_journey_and_is_welcomed() -> None:
    life = Life(opened("2026-11-02"))
    assert life.journey.phase is Phase.ACTIVE
    (welcome,) = life.messages("ENR-4")
    assert (welcome.channels, welcome.copy_accountant) == ((Channel.MAIL,), True)
    assert welcome.facts["first_due"] == date(2026, 12, 15)


def test_the_welcome_waits_for_the_sending_window() -> None:
    life = Life(opened("2026-10-30", at="2026-10-30 19:45")).until("2026-11-05")
    assert life.days("ENR-4") == ["2026-11-02"]


@pytest.mark.parametrize(
    ("accountant", "headcount", "tese"), [(False, 1, True), (False, 20, False), (False, 19, True), (True, 1, False)]
)
def test_the_tese_is_offered_to_small_firms_without_accountant(accountant: bool, headcount: int, tese: bool) -> None:
    (welcome,) = Life(opened("2026-11-02", accountant=accountant, headcount=headcount)).messages("ENR-4")
    assert welcome.facts["tese"] is tese


def test_an_account_opened_seventeen_months_ago_is_welcomed_and_told_of_its_end() -> None:
    life = Life(opened("2025-06-02", at="2026-11-10")).to_the_end()
    assert life.sent("ENR-4") == [("2026-11-10", "welcome")]
    assert life.sent("EXT-1") == [("2026-11-10", "exit-notice:2026-12-02")]
    assert life.closed_on == "2026-12-02"


def test_an_account_opened_more_than_eighteen_months_ago_is_refused_with_its_reason() -> None:
    life = Life(opened("2025-05-02", at="2026-11-03"))
    assert (life.journey.phase, life.wake_at) == (Phase.CANDIDATE, None)
    assert [it.effect.summary for it in life.happened] == [
        "Pas de parcours : compte ouvert le 02/05/2025, il y a plus de 18 mois"
    ]


def test_an_account_opened_eighteen_months_ago_to_the_day_still_enrols() -> None:
    assert Life(opened("2025-05-04", at="2026-11-04 08:00")).journey.is_open


def test_an_account_without_employee_waits_for_its_first_hire() -> None:
    life = Life(opened("2026-01-05", headcount=0))
    assert (life.journey.phase, life.wake_at) == (Phase.CANDIDATE, None)
    life.tell(headcount("2026-10-12", 1))
    assert life.journey.phase is Phase.ACTIVE
    assert life.sent("ENR-4") == [("2026-10-12", "welcome")]


def test_a_first_hire_past_eighteen_months_does_not_enrol() -> None:
    life = Life(opened("2025-01-06", headcount=0)).tell(headcount("2026-10-12", 1))
    assert life.journey.phase is Phase.CANDIDATE
    assert len(life.happened) == 2


def test_a_first_hire_proved_by_the_opening_enrols_a_headcount_of_zero() -> None:
    assert Life(opened("2026-11-02", headcount=0, first_hire_on=date(2026, 11, 16))).journey.is_open


def test_the_same_opening_received_twice_changes_nothing() -> None:
    opening = opened("2026-11-02")
    life = Life(opening)
    before = life.journey
    assert life.tell(opening).journey == before


def test_another_account_of_the_same_enterprise_does_not_start_a_second_journey() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(opened("2026-12-01", account="999000000000000001")).to_the_end()
    assert life.days("ENR-4") == ["2026-11-02"]
    assert life.closed_on == "2028-05-02"


def test_an_older_version_of_the_opening_does_not_overwrite_a_newer_one() -> None:
    newer, older = opened("2026-11-02", at="2026-11-03", headcount=4), opened("2026-10-01", at="2026-11-02")
    life = Life(newer).tell(replace(older, received_at=newer.received_at))
    assert (life.journey.opened_on, life.journey.headcount) == (date(2026, 11, 2), 4)


def test_unconfirmed_details_are_asked_by_sms_after_ten_days_then_become_a_task_after_twenty() -> None:
    life = Life(opened("2026-11-02")).until("2026-12-01")
    (asked,) = life.messages("ENR-5")
    assert asked.channels == (Channel.SMS,)
    assert life.days("ENR-5") == ["2026-11-12"]
    (task,) = life.tasks("ENR-5")
    assert (task.task, task.due_at.date()) == ("contact", date(2026, 11, 27))


def test_confirmed_details_are_not_asked_again() -> None:
    life = Life(opened("2026-11-02")).tell(confirmed("2026-11-05")).until("2026-12-01")
    assert not life.messages("ENR-5")
    assert not life.tasks("ENR-5")


def test_a_firm_of_eleven_at_its_opening_gets_a_call_about_thresholds_and_no_letter() -> None:
    life = Life(opened("2026-11-02", headcount=12))
    assert [task.key for task in life.tasks("THR-1")] == ["THR-1:opening"]
    assert not life.messages("THR-1")


def test_an_account_closed_before_it_enrolled_is_refused() -> None:
    life = Life(opened("2026-01-05", headcount=0))
    life.tell(ended("2026-06-01", CloseReason.ACCOUNT_CLOSED), headcount("2026-10-12", 1))
    assert (life.journey.phase, life.messages()) == (Phase.CANDIDATE, [])


def test_a_confirmation_nobody_woke_for_says_so_and_becomes_a_task_due_in_the_days_ahead() -> None:
    life = Life(opened("2026-11-02")).oversleep("2026-11-10", "2026-11-30").until("2026-12-05")
    assert [on for on, _ in life.skips("ENR-5")] == ["2026-11-30"]
    assert [str(task.due_at.date()) for task in life.tasks("ENR-5")] == ["2026-12-07"]


def welcome(life: Life) -> dict[str, object]:
    [letter] = [it for it in life.messages("ENR-4") if it.template == "welcome"]
    return letter.facts


def test_a_quarterly_payer_is_welcomed_with_the_first_declaration_and_the_first_payment_apart() -> None:
    told = welcome(Life(opened("2026-10-01", quarterly=True)))
    assert (told["first_due"], told["first_payment"]) == (date(2026, 11, 16), date(2027, 1, 15))


def test_a_monthly_payer_is_told_one_date() -> None:
    assert welcome(Life(opened("2026-10-01")))["first_payment"] is None


@pytest.mark.parametrize(("at", "late"), [("2026-11-30", False), ("2026-12-01", True)])
def test_a_journey_that_starts_sixty_days_after_the_opening_is_welcomed_without_congratulations(
    at: str, late: bool
) -> None:
    assert welcome(Life(opened("2026-10-01", at=at)))["late"] is late


def test_a_journey_that_is_about_to_end_says_so_with_its_welcome() -> None:
    assert welcome(Life(opened("2026-06-02", at="2027-10-29")))["ends_on"] == date(2027, 12, 2)
    assert welcome(Life(opened("2026-06-02", at="2027-03-01")))["ends_on"] is None
