from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import OpenTask, SendMessage
from domain.facts import DeclarationReceived, Fact
from tests.domain.rules.happenings import ACCOUNT, PARIS, RHONE, due, headcount, opened, paid, stamp
from tests.domain.rules.life import MODEST, Life, reminded


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
        ("2027-05-20", "2027-05-14"),  # J-3 is Whit Monday, 17 May
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
def test_a_period_paid_that_morning_or_of_zero_is_not_reminded(settling: Fact) -> None:
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


def test_the_call_says_the_date_the_declaration_good_practice_and_the_news() -> None:
    call = Life(opened("2026-11-02")).until("2026-12-16").tasks("REM-5")[0]
    said = " / ".join(call.guidance)
    for word in ("15/12/2026", "DSN", "Bonnes pratiques", "nouveautés"):
        assert word in said


def test_an_accountant_spares_the_calls() -> None:
    assert not Life(opened("2026-11-02", accountant=True)).until("2027-08-01").tasks("REM-5")


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
    told = zip(life.of(SendMessage, "REM-2"), life.messages("REM-2"), strict=True)
    (leaving,) = [it.at for it, message in told if message.facts["amount"]]
    assert calendar.is_open(leaving)
    assert calendar.working_day_on_or_before(stated - timedelta(days=3)) == calendar.day_of(leaving)


def test_a_reminder_of_a_period_paid_in_part_says_what_is_left() -> None:
    life = Life(opened("2026-11-02")).tell(
        due("2026-12-01", "2026-11", "2026-12-15", "1240.50"), paid("2026-12-05", "2026-11", "240.50")
    )
    (reminder,) = life.until("2026-12-20").messages("REM-2")
    assert reminder.facts["amount"] == Decimal(1000)
    assert not life.messages("REM-4")


def test_a_first_hire_long_after_the_opening_owes_nothing_for_the_months_before() -> None:
    life = Life(opened("2026-01-05", headcount=0)).tell(headcount("2026-10-06", 1)).until("2026-11-30")
    assert life.messages("ENR-4")[0].facts["first_due"] == date(2026, 11, 16)
    assert reminded(life) == [("2026-11-13", "2026-11-16")]


def test_the_months_of_a_quarter_stated_to_a_monthly_payer_are_only_declared_and_each_reminder_is_one() -> None:
    life = Life(opened("2026-10-01")).tell(due("2026-10-12", "2026-Q4", "2027-01-15", "900")).until("2027-02-01")
    said = [(str(it.facts["due_on"]), it.facts["subject_kind"]) for it in life.messages("REM-2")]
    assert said == [("2026-11-16", "declaration"), ("2026-12-15", "declaration"), ("2027-01-15", "both")]


def test_a_payment_whose_declaration_is_there_is_reminded_alone() -> None:
    received = DeclarationReceived(
        **stamp("2026-12-01"), account=ACCOUNT, period="2026-11", received_on=date(2026, 12, 1)
    )
    life = Life(opened("2026-11-02")).tell(received).until("2026-12-20")
    assert [it.facts["subject_kind"] for it in life.messages("REM-2")] == ["payment"]
