from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, add_months
from domain.law import TERRITORIES

PARIS = ZoneInfo("Europe/Paris")
METROPOLE = Calendar("Europe/Paris", "metropole", time(8, 30), time(18, 30))
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))


def calendar_of(territory: str) -> Calendar:
    return Calendar("Europe/Paris", territory, time(8, 30), time(18, 30))


@pytest.mark.parametrize(
    ("territory", "day"),
    [
        ("alsace-moselle", date(2028, 12, 26)),
        ("mayotte", date(2026, 4, 27)),
        ("martinique", date(2026, 5, 22)),
        ("guadeloupe", date(2026, 5, 27)),
        ("guyane", date(2026, 6, 10)),
        ("reunion", date(2027, 12, 20)),
        ("saint-martin", date(2026, 5, 27)),
        ("saint-barthelemy", date(2026, 10, 9)),
    ],
)
def test_each_territory_has_its_own_holiday_and_the_others_work(territory: str, day: date) -> None:
    closed = {name for name in TERRITORIES if not calendar_of(name).is_working_day(day)}
    assert territory in closed
    assert "metropole" not in closed


def test_national_holidays_close_every_territory() -> None:
    for day in (date(2026, 5, 14), date(2027, 3, 29), date(2027, 5, 17), date(2026, 7, 14)):
        assert not any(calendar_of(name).is_working_day(day) for name in TERRITORIES)


def test_holidays_of_custom_are_worked() -> None:
    assert calendar_of("guadeloupe").is_working_day(date(2026, 7, 21))
    assert calendar_of("alsace-moselle").is_working_day(date(2026, 4, 3))


def test_a_year_without_known_holidays_has_its_week_ends() -> None:
    monday = date(2206, 1, 6)
    assert METROPOLE.is_working_day(monday)
    assert not METROPOLE.is_working_day(monday - timedelta(days=1))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Calendar("Europe/Lutece", "metropole", time(8), time(18)).day_of(datetime.now(UTC))


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        (date(2026, 3, 28), time(8, 30), datetime(2026, 3, 28, 7, 30, tzinfo=UTC)),
        (date(2026, 3, 29), time(8, 30), datetime(2026, 3, 29, 6, 30, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(8, 30), datetime(2026, 10, 25, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_local_hour_is_right_around_both_daylight_changes(day: date, hour: time, utc: datetime) -> None:
    assert METROPOLE.at(day, hour).astimezone(UTC) == utc


def test_an_hour_skipped_in_march_is_shown_as_it_exists() -> None:
    assert METROPOLE.at(date(2026, 3, 29), time(2, 30)).time() == time(3, 30)


def test_elapsed_hours_are_really_elapsed_over_a_daylight_change() -> None:
    asked = METROPOLE.at(date(2026, 3, 27), time(12))
    assert METROPOLE.after(asked, timedelta(hours=72)) == METROPOLE.at(date(2026, 3, 30), time(13))


def test_the_day_is_the_organisation_s_not_greenwich_s() -> None:
    instant = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert METROPOLE.day_of(instant) == date(2026, 7, 1)
    assert Calendar("America/Martinique", "martinique", time(8), time(18)).day_of(instant) == date(2026, 6, 30)


def test_eight_working_days_step_over_weekends_and_the_bridge_of_may() -> None:
    assert METROPOLE.add_working_days(date(2026, 5, 7), 8) == date(2026, 5, 21)
    assert METROPOLE.add_working_days(date(2026, 5, 9), 1) == date(2026, 5, 11)
    assert METROPOLE.add_working_days(date(2026, 5, 11), -1) == date(2026, 5, 7)


@given(DAYS, st.integers(1, 30))
def test_as_many_working_days_lie_up_to_the_result_as_were_added(day: date, n: int) -> None:
    result = METROPOLE.add_working_days(day, n)
    between = [day + timedelta(days=i + 1) for i in range((result - day).days)]
    assert METROPOLE.is_working_day(result)
    assert sum(map(METROPOLE.is_working_day, between)) == n


@given(DAYS)
def test_the_nearest_working_days_enclose_every_day(day: date) -> None:
    before, after = METROPOLE.working_day_on_or_before(day), METROPOLE.working_day_on_or_after(day)
    assert before <= day <= after
    assert (before == after) == METROPOLE.is_working_day(day)


@pytest.mark.parametrize(
    ("instant", "opening"),
    [
        (datetime(2026, 11, 13, 10, tzinfo=PARIS), datetime(2026, 11, 13, 10, tzinfo=PARIS)),
        (datetime(2026, 11, 13, 7, tzinfo=PARIS), datetime(2026, 11, 13, 8, 30, tzinfo=PARIS)),
        (datetime(2026, 11, 13, 18, 30, tzinfo=PARIS), datetime(2026, 11, 16, 8, 30, tzinfo=PARIS)),
        (datetime(2026, 11, 10, 19, tzinfo=PARIS), datetime(2026, 11, 12, 8, 30, tzinfo=PARIS)),
    ],
)
def test_outside_the_window_the_next_opening_is_given(instant: datetime, opening: datetime) -> None:
    assert METROPOLE.next_open(instant) == opening


@pytest.mark.parametrize(
    ("mark", "warning"),
    [
        (datetime(2026, 11, 13, 10, tzinfo=PARIS), datetime(2026, 11, 13, 10, tzinfo=PARIS)),
        (datetime(2026, 11, 15, 3, tzinfo=PARIS), datetime(2026, 11, 13, 17, 30, tzinfo=PARIS)),
        (datetime(2026, 11, 12, 6, tzinfo=PARIS), datetime(2026, 11, 10, 17, 30, tzinfo=PARIS)),
        (datetime(2026, 11, 13, 23, tzinfo=PARIS), datetime(2026, 11, 13, 17, 30, tzinfo=PARIS)),
    ],
)
def test_a_warning_comes_at_the_last_useful_hour_before_its_mark(mark: datetime, warning: datetime) -> None:
    assert METROPOLE.last_useful_hour(mark) == warning


@given(INSTANTS)
def test_what_waits_leaves_in_the_window_and_what_warns_is_never_late(instant: datetime) -> None:
    assert METROPOLE.is_open(METROPOLE.next_open(instant))
    assert METROPOLE.is_open(METROPOLE.last_useful_hour(instant))
    assert METROPOLE.last_useful_hour(instant) <= instant <= METROPOLE.next_open(instant)


def test_months_are_clamped_to_the_month_s_end_from_the_opening_itself() -> None:
    assert add_months(date(2025, 8, 31), 18) == date(2027, 2, 28)
    assert add_months(date(2026, 8, 31), 18) == date(2028, 2, 29)
    assert add_months(date(2026, 8, 31), 19) == date(2028, 3, 31)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


@given(DAYS, st.integers(0, 48))
def test_months_added_land_in_the_right_month_on_the_same_day_or_its_last(opening: date, months: int) -> None:
    result = add_months(opening, months)
    assert (result.year - opening.year) * 12 + result.month - opening.month == months
    assert result.day == opening.day or (result + timedelta(days=1)).day == 1
