from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, add_months
from domain.identifiers import parse_period
from domain.obligations import (
    DueDate,
    Period,
    expected_obligations,
    legal_due_date,
    reminder_day,
    spread_instant,
)

CALENDAR = Calendar("Europe/Paris", "metropole", time(8, 30), time(18, 30))
REUNION = Calendar("Indian/Reunion", "reunion", time(8, 30), time(18, 30))
DAYS = st.dates(date(2020, 1, 1), date(2050, 12, 31))
HEADCOUNTS = st.sampled_from([0, 1, 10, 11, 49, 50, 300])


def owed(first_hire_on: date, headcount: int, quarterly: bool, after: date, until: date) -> list[tuple[str, str, date]]:
    found = expected_obligations(first_hire_on, headcount, quarterly, after, until, CALENDAR)
    return [(str(it.period), it.kind, it.due.due_on) for it in found]


@pytest.mark.parametrize(
    ("period", "headcount", "nominal", "due_on"),
    [
        ("2026-10", 4, date(2026, 11, 15), date(2026, 11, 16)),
        ("2027-04", 4, date(2027, 5, 15), date(2027, 5, 18)),
        ("2027-07", 49, date(2027, 8, 15), date(2027, 8, 16)),
        ("2027-05", 50, date(2027, 6, 5), date(2027, 6, 7)),
        ("2026-12", 4, date(2027, 1, 15), date(2027, 1, 15)),
        ("2026-Q4", 4, date(2027, 1, 15), date(2027, 1, 15)),
        ("2026-Q1", 4, date(2026, 4, 15), date(2026, 4, 15)),
        ("2026-Q2", 60, date(2026, 7, 15), date(2026, 7, 15)),
    ],
)
def test_the_law_s_due_date_moves_to_the_next_working_day(
    period: str, headcount: int, nominal: date, due_on: date
) -> None:
    assert legal_due_date(parse_period(period), headcount, CALENDAR) == DueDate(nominal, due_on)


@given(DAYS, HEADCOUNTS)
def test_a_due_date_is_worked_and_only_holidays_and_weekends_move_it(day: date, headcount: int) -> None:
    period = Period.month_of(day)
    due = legal_due_date(period, headcount, CALENDAR)
    assert due.nominal > period.last_day
    assert due.nominal.day == (5 if headcount >= 50 else 15)
    assert CALENDAR.is_working_day(due.due_on)
    assert due.nominal <= due.due_on <= due.nominal + timedelta(days=4)


def test_a_monthly_payer_pays_and_declares_each_month_from_the_first_hire_on() -> None:
    assert owed(date(2026, 9, 30), 4, False, date(2026, 9, 30), date(2026, 12, 31)) == [
        ("2026-09", "both", date(2026, 10, 15)),
        ("2026-10", "both", date(2026, 11, 16)),
        ("2026-11", "both", date(2026, 12, 15)),
    ]


def test_a_quarterly_payer_still_declares_every_month_and_pays_with_the_quarter_s_last() -> None:
    assert owed(date(2026, 2, 3), 4, True, date(2026, 2, 3), date(2026, 7, 31)) == [
        ("2026-02", "declaration", date(2026, 3, 16)),
        ("2026-Q1", "both", date(2026, 4, 15)),
        ("2026-04", "declaration", date(2026, 5, 15)),
        ("2026-05", "declaration", date(2026, 6, 15)),
        ("2026-Q2", "both", date(2026, 7, 15)),
    ]


def test_quarterly_payment_is_for_fewer_than_eleven_employees() -> None:
    assert {kind for _, kind, _ in owed(date(2026, 1, 5), 11, True, date(2026, 1, 5), date(2026, 12, 31))} == {"both"}
    assert len(owed(date(2026, 1, 5), 11, True, date(2026, 1, 5), date(2026, 12, 31))) == 11


def test_nothing_is_owed_before_the_first_hire() -> None:
    assert owed(date(2026, 6, 1), 4, False, date(2026, 1, 1), date(2026, 6, 30)) == []


@given(DAYS, HEADCOUNTS, st.booleans(), st.lists(st.integers(0, 1000), min_size=3, max_size=3))
def test_looking_ahead_in_two_steps_finds_what_one_step_finds(
    first_hire_on: date, headcount: int, quarterly: bool, days: list[int]
) -> None:
    start, middle, end = (first_hire_on + timedelta(days=count) for count in sorted(days))
    in_two = owed(first_hire_on, headcount, quarterly, start, middle)
    in_two += owed(first_hire_on, headcount, quarterly, middle, end)
    assert in_two == owed(first_hire_on, headcount, quarterly, start, end)


@given(DAYS, HEADCOUNTS, st.booleans())
def test_every_month_from_the_first_hire_is_declared_once(first_hire_on: date, headcount: int, quarterly: bool) -> None:
    found = owed(first_hire_on, headcount, quarterly, first_hire_on, add_months(first_hire_on, 36))
    last_months = [Period.month_of(parse_period(period).last_day) for period, _, _ in found]
    months = [Period.month_of(first_hire_on)]
    while len(months) < len(found):
        months.append(months[-1].next())
    assert last_months == months
    assert len(months) in (35, 36)


def test_a_reminder_leaves_three_days_before_or_on_the_working_day_before_that() -> None:
    assert reminder_day(date(2026, 11, 16), 3, CALENDAR) == date(2026, 11, 13)
    assert reminder_day(date(2027, 5, 18), 3, CALENDAR) == date(2027, 5, 14)
    assert reminder_day(date(2026, 1, 15), 5, CALENDAR) == date(2026, 1, 9)


@given(DAYS, st.integers(1, 10))
def test_a_reminder_never_leaves_later_than_promised_nor_on_a_day_off(due_on: date, lead_days: int) -> None:
    day = reminder_day(due_on, lead_days, CALENDAR)
    assert CALENDAR.is_working_day(day)
    assert timedelta(days=lead_days) <= due_on - day <= timedelta(days=lead_days + 4)


@given(st.text(max_size=40), DAYS, st.integers(0, 9))
def test_a_spread_message_leaves_in_the_window_before_its_reserve(key: str, day: date, hours: int) -> None:
    worked, reserve = REUNION.working_day_on_or_after(day), timedelta(hours=hours)
    instant = spread_instant(key, worked, REUNION, reserve)
    assert REUNION.is_open(instant)
    assert instant < REUNION.at(worked, REUNION.closes) - reserve


def test_the_same_message_leaves_at_the_same_second_on_every_run() -> None:
    instant = spread_instant("732829320/2026-10", date(2026, 11, 13), CALENDAR, timedelta(hours=1))
    assert instant.isoformat() == "2026-11-13T10:35:21+01:00"


def test_ten_thousand_messages_fill_the_window_evenly() -> None:
    hours = [spread_instant(str(n), date(2026, 11, 13), CALENDAR, timedelta()).hour for n in range(10_000)]
    assert all(850 < hours.count(hour) < 1150 for hour in range(9, 18))


def test_a_reserve_as_long_as_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="reserve"):
        spread_instant("key", date(2026, 11, 13), CALENDAR, timedelta(hours=10))


def test_periods_are_named_in_french() -> None:
    labels = [parse_period(text).label for text in ("2026-10", "2026-08", "2026-Q1", "2026-Q4")]
    assert labels == ["octobre 2026", "août 2026", "1er trimestre 2026", "4e trimestre 2026"]


def test_periods_sort_by_time_and_follow_each_other() -> None:
    assert sorted([Period(2027, 1), Period(2026, 10, 3), Period(2026, 2)]) == [
        Period(2026, 2),
        Period(2026, 10, 3),
        Period(2027, 1),
    ]
    assert str(Period(2026, 12).next()) == "2027-01"
    assert str(parse_period("2026-Q4").next()) == "2027-Q1"


@pytest.mark.parametrize("fields", [(2026, 13), (2026, 0), (2026, 2, 3), (2026, 1, 2), (0, 1)])
def test_a_period_that_does_not_exist_is_refused(fields: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="No period"):
        Period(*fields)


@given(DAYS)
def test_a_day_lies_in_its_month_and_its_quarter(day: date) -> None:
    month, quarter = Period.month_of(day), Period.quarter_of(day)
    assert quarter.first_day <= month.first_day <= day <= month.last_day <= quarter.last_day
    assert parse_period(str(month)) == month
    assert parse_period(str(quarter)) == quarter
