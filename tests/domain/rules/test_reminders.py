from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import OpenTask, SendMessage
from tests.domain.rules.life import ACCOUNT, MODEST, PARIS, RHONE, Life, due, headcount, instant, opened, paid


def reminded(life: Life) -> list[tuple[str, str]]:
    """Day of each reminder and the due date it says."""
    return [(it.on, str(it.effect.facts["due_on"])) for it in life.of(SendMessage, "REM-2")]


@pytest.mark.parametrize(
    ("opened_on", "period", "said", "on"),
    [
        ("2026-11-02", "2026-11", "2026-12-15", "2026-12-11"),
        ("2027-03-01", "2027-03", "2027-04-15", "2027-04-12"),
        ("2027-04-01", "2027-04", "2027-05-18", "2027-05-14"),
        ("2026-10-01", "2026-10", "2026-11-16", "2026-11-13"),
        ("2028-02-29", "2028-02", "2028-03-15", "2028-03-10"),
        ("2026-08-31", "2026-08", "2026-09-15", "2026-09-11"),
    ],
)
def test_the_first_reminder_says_the_legal_date_three_days_before(
    opened_on: str, period: str, said: str, on: str
) -> None:
    life = Life(opened(opened_on)).until(f"{said} 23:00")
    assert reminded(life)[-1] == (on, said)
    assert life.messages("REM-2")[-1].subject.endswith(f"/{period}:{said}")


@pytest.mark.parametrize(
    ("stated", "on"),
    [
        ("2027-04-01", "2027-03-26"),  # J-3 is Easter Monday
        ("2027-05-20", "2027-05-14"),  # J-3 is Whit Monday's morrow less one: 17 May
        ("2027-05-04", "2027-04-30"),  # J-3 is 1 May, a Saturday
        ("2028-05-04", "2028-04-28"),  # J-3 is 1 May, a Monday
        ("2028-05-11", "2028-05-05"),  # J-3 is 8 May, a Monday
        ("2028-01-04", "2027-12-31"),  # J-3 is 1 January
    ],
)
def test_a_third_day_before_that_is_not_worked_gives_way_to_the_working_day_before(stated: str, on: str) -> None:
    life = Life(opened("2027-02-01")).tell(due("2027-02-10", "2027-02", stated, "900"))
    assert (on, stated) in reminded(life.until(f"{stated} 23:00"))


@pytest.mark.parametrize(("opened_on", "until"), [("2027-02-15", "2027-04-30"), ("2026-09-14", "2026-11-30")])
def test_reminders_keep_to_the_window_on_both_sides_of_a_clock_change(opened_on: str, until: str) -> None:
    life = Life(opened(opened_on)).until(until)
    hours = [it.at.astimezone(PARIS).time() for it in life.of(SendMessage, "REM-2")]
    assert len(hours) == 2
    assert all(time(8, 30) <= hour < time(17, 30) for hour in hours)


def test_an_organisation_may_remind_earlier() -> None:
    life = Life(opened("2026-11-02", organisation=RHONE)).until("2026-12-20")
    assert reminded(life) == [("2026-12-10", "2026-12-15")]


def test_a_quarterly_payer_is_reminded_of_each_declaration_and_of_the_quarter() -> None:
    life = Life(opened("2027-01-04", quarterly=True)).until("2027-04-30")
    assert [
        (day, m.facts["subject_kind"]) for day, m in zip(life.days("REM-2"), life.messages("REM-2"), strict=True)
    ] == [
        ("2027-02-12", "declaration"),
        ("2027-03-12", "declaration"),
        ("2027-04-12", "both"),
    ]


def test_fifty_employees_are_due_on_the_fifth() -> None:
    life = Life(opened("2027-01-04", headcount=50)).until("2027-04-06")
    assert [said for _, said in reminded(life)] == ["2027-02-05", "2027-03-05", "2027-04-05"]


def test_growing_to_fifty_moves_the_dates_still_ahead_to_the_fifth() -> None:
    life = Life(opened("2027-01-04", headcount=30)).tell(headcount("2027-02-20", 50)).until("2027-04-06")
    assert [said for _, said in reminded(life)] == ["2027-02-15", "2027-03-05", "2027-04-05"]


def test_a_freeze_keeps_the_quarter_of_a_firm_that_grows_past_eleven() -> None:
    life = Life(opened("2027-01-04", quarterly=True)).tell(headcount("2027-01-20", 14)).until("2027-02-20")
    assert [m.facts["subject_kind"] for m in life.messages("REM-2")] == ["declaration"]


def test_a_stated_date_wins_over_the_law_even_on_a_day_off() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-25", "1240.50")).until("2026-12-31")
    assert reminded(life) == [("2026-12-22", "2026-12-25")]


def test_a_reminder_says_the_amount_when_it_is_known() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "1240.50")).until("2026-12-20")
    (reminder,) = life.messages("REM-2")
    assert (reminder.facts["amount"], reminder.copy_accountant) == (Decimal("1240.50"), True)


@pytest.mark.parametrize(
    "settling", [paid("2026-12-11 08:00", "2026-11", "1240.50"), due("2026-12-05", "2026-11", "2026-12-15", "0")]
)
def test_a_period_paid_that_morning_or_of_zero_is_not_reminded(settling) -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "1240.50"), settling)
    life.until("2026-12-20")
    assert not life.messages("REM-2")
    assert [on for on, _ in life.skips("REM-3")] == ["2026-12-11"]
    assert not life.tasks("REM-5")


def test_what_was_paid_while_the_amount_was_unknown_is_not_reminded() -> None:
    life = Life(opened("2026-11-02")).tell(paid("2026-12-03", "2026-11", "800")).until("2026-12-20")
    assert not life.messages("REM-2")


def test_a_monthly_declaration_is_reminded_though_nothing_is_to_pay() -> None:
    life = Life(opened("2027-01-04", quarterly=True)).tell(paid("2027-01-20", "2027-01", "300")).until("2027-02-20")
    assert [m.facts["subject_kind"] for m in life.messages("REM-2")] == ["declaration"]


def test_beginners_without_accountant_are_called_during_six_months() -> None:
    life = Life(opened("2026-11-02")).until("2027-08-01")
    assert [str(task.due_at.date()) for task in life.tasks("REM-5")] == [
        "2026-12-15",
        "2027-01-15",
        "2027-02-15",
        "2027-03-15",
        "2027-04-15",
    ]
    assert [it.on for it in life.of(OpenTask, "REM-5")] == life.days("REM-2")[:5]


def test_an_accountant_spares_the_calls() -> None:
    assert not Life(opened("2026-11-02", accountant=True)).until("2027-08-01").tasks("REM-5")


def test_a_date_corrected_before_the_reminder_is_reminded_once_at_its_new_date() -> None:
    first, second = due("2026-12-01", "2026-11", "2026-12-15", "900"), due("2026-12-08", "2026-11", "2026-12-22", "900")
    life = Life(opened("2026-11-02")).tell(first, second).until("2026-12-31")
    assert reminded(life) == [("2026-12-18", "2026-12-22")]
    assert not life.messages("REM-4")


def corrected(*facts) -> Life:
    """A reminder of 1 240,50 € for 15 December went out on the 11th, then ``facts``."""
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "1240.50"), *facts)
    return life.until("2027-01-05")


def test_an_amount_corrected_after_the_reminder_is_corrected_to_the_enterprise() -> None:
    life = corrected(due("2026-12-14", "2026-11", "2026-12-15", "1100"))
    (correction,) = life.messages("REM-4")
    assert life.days("REM-4") == ["2026-12-14"]
    assert (correction.facts["amount"], correction.facts["previous_amount"]) == (Decimal(1100), Decimal("1240.50"))


def test_a_date_put_off_by_little_after_the_reminder_is_corrected_and_not_reminded_again() -> None:
    life = corrected(due("2026-12-14", "2026-11", "2026-12-16", "1240.50"))
    assert (life.days("REM-4"), reminded(life)) == (["2026-12-14"], [("2026-12-11", "2026-12-15")])


def test_a_date_put_off_by_much_is_corrected_then_reminded_three_days_before() -> None:
    life = corrected(due("2026-12-14", "2026-11", "2026-12-29", "1240.50"))
    assert life.days("REM-4") == ["2026-12-14"]
    assert reminded(life) == [("2026-12-11", "2026-12-15"), ("2026-12-24", "2026-12-29")]


def test_a_correction_taken_back_is_told_too() -> None:
    life = corrected(
        due("2026-12-12 09:00", "2026-11", "2026-12-18", "1240.50"),
        due("2026-12-14 15:00", "2026-11", "2026-12-15", "1240.50"),
    )
    assert life.sent("REM-4")[-1][0] == "2026-12-14"
    assert life.messages("REM-4")[-1].facts["due_on"] == date(2026, 12, 15)
    assert len(reminded(life)) == 1


def test_a_correction_taken_back_before_it_left_says_nothing() -> None:
    life = corrected(
        due("2026-12-12 09:00", "2026-11", "2026-12-18", "1240.50"),
        due("2026-12-12 11:00", "2026-11", "2026-12-15", "1240.50"),
    )
    assert not life.messages("REM-4")


def test_the_same_statement_received_again_is_not_a_correction() -> None:
    assert not corrected(due("2026-12-14", "2026-11", "2026-12-15", "1240.50")).messages("REM-4")


def test_what_is_already_paid_is_not_corrected() -> None:
    life = corrected(paid("2026-12-13", "2026-11", "1240.50"), due("2026-12-14", "2026-11", "2026-12-15", "1200"))
    assert not life.messages("REM-4")


def test_an_amount_learnt_after_the_reminder_contradicts_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-14", "2026-11", "2026-12-15", "900")).until("2026-12-20")
    assert (life.days("REM-2"), life.days("REM-4")) == (["2026-12-11"], [])


@pytest.mark.parametrize(
    ("wake", "reminders"),
    [
        ("2026-12-11 15:00", 1),
        ("2026-12-12 10:00", 1),
        ("2026-12-15 09:00", 1),
        ("2026-12-15 20:00", 0),
        ("2026-12-28", 0),
    ],
)
def test_a_reminder_nobody_woke_for_leaves_late_or_becomes_a_call(wake: str, reminders: int) -> None:
    life = Life(opened("2026-11-02")).until("2026-12-10").oversleep("2026-12-11 08:00", wake).until("2027-01-05")
    assert len(life.messages("REM-2")) == reminders
    assert len(life.skips("REM-2")) == len(life.tasks("REM-2")) == 1 - reminders
    assert all(task.due_at > instant(wake) for task in life.tasks("REM-2"))


def test_after_six_weeks_asleep_each_due_date_gone_by_is_a_call_and_the_next_is_reminded() -> None:
    life = Life(opened("2026-11-02")).oversleep("2026-12-01", "2027-01-18").until("2027-02-20")
    assert [on for on, _ in life.skips("REM-2")] == ["2027-01-18", "2027-01-18"]
    assert [task.task for task in life.tasks("REM-2")] == ["call", "call"]
    assert life.days("REM-2") == ["2027-02-12"]


def test_another_account_of_the_enterprise_is_reminded_of_its_payments() -> None:
    life = (
        Life(opened("2026-11-02"))
        .tell(due("2026-12-01", "2026-11", "2026-12-18", "50", account="999"))
        .until("2026-12-20")
    )
    assert [(m.facts["contribution"], m.facts["subject_kind"]) for m in life.messages("REM-2")] == [
        ("117000000123456789/2026-11", "both"),
        ("999/2026-11", "payment"),
    ]


@MODEST
@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(0, 27))
def test_a_reminder_leaves_in_the_window_of_a_working_day_at_least_three_days_before(opening: date, shift: int) -> None:
    stated = opening + timedelta(days=25 + shift)
    life = Life(opened(str(opening))).tell(due(f"{opening} 11:00", "2020-01", str(stated), "80"))
    calendar = life.rulebook.current["urssaf-idf"].calendar
    life.until(f"{stated} 23:59")
    (leaving,) = [
        it.at
        for it in life.of(SendMessage, "REM-2")
        if it.effect.facts["due_on"] == stated and it.effect.facts["amount"]
    ]
    assert calendar.is_open(leaving)
    assert calendar.working_day_on_or_before(stated - timedelta(days=3)) == calendar.day_of(leaving)


def test_a_date_put_off_after_a_reminder_that_never_left_is_reminded_and_not_corrected() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "900"))
    life.until("2026-12-10").oversleep("2026-12-11 08:00", "2026-12-15 20:00")
    life.tell(due("2026-12-16", "2026-11", "2026-12-29", "900")).until("2027-01-05")
    assert reminded(life) == [("2026-12-24", "2026-12-29")]
    assert not life.messages("REM-4")


def test_a_correction_too_late_to_be_useful_does_not_block_the_next_one() -> None:
    life = corrected(
        due("2026-12-17", "2026-11", "2026-12-15", "1100"), due("2026-12-18", "2026-11", "2026-12-29", "1100")
    )
    assert [on for on, _ in life.skips("REM-4")] == ["2026-12-17"]
    assert life.sent("REM-4") == [("2026-12-18", f"correction:{ACCOUNT}/2026-11:1")]


def test_a_period_of_zero_corrected_after_the_third_day_is_reminded_at_once() -> None:
    zero, real = due("2026-12-01", "2026-11", "2026-12-15", "0"), due("2026-12-14", "2026-11", "2026-12-15", "900")
    life = Life(opened("2026-11-02")).tell(zero, real).until("2026-12-20")
    assert [on for on, _ in life.skips("REM-3")] == ["2026-12-11"]
    assert life.days("REM-2") == ["2026-12-14"]


def test_what_is_paid_after_its_reminder_is_not_told_as_skipped() -> None:
    assert not corrected(paid("2026-12-14", "2026-11", "1240.50")).skips("REM-3")


def test_a_reminder_of_a_period_paid_in_part_says_what_is_left() -> None:
    life = Life(opened("2026-11-02")).tell(
        due("2026-12-01", "2026-11", "2026-12-15", "1240.50"), paid("2026-12-05", "2026-11", "240.50")
    )
    (reminder,) = life.until("2026-12-20").messages("REM-2")
    assert reminder.facts["amount"] == Decimal(1000)
    assert not life.messages("REM-4")


@pytest.mark.parametrize(("meanwhile", "now_stated", "left"), [("0", "0", 0), ("500", "500", 0), ("500", "1300", 800)])
def test_a_correction_says_what_is_left_even_when_nothing_is(meanwhile: str, now_stated: str, left: int) -> None:
    life = corrected(paid("2026-12-12", "2026-11", meanwhile), due("2026-12-14", "2026-11", "2026-12-15", now_stated))
    (correction,) = life.messages("REM-4")
    assert (correction.facts["amount"], correction.facts["previous_amount"]) == (left, Decimal("1240.50"))


def test_a_first_hire_long_after_the_opening_owes_nothing_for_the_months_before() -> None:
    life = Life(opened("2026-01-05", headcount=0)).tell(headcount("2026-10-06", 1)).until("2026-11-30")
    assert life.messages("ENR-4")[0].facts["first_due"] == date(2026, 11, 16)
    assert reminded(life) == [("2026-11-13", "2026-11-16")]
