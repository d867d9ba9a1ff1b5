import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from domain.identifiers import InvalidIdentifier, InvalidPeriod, parse_period, parse_siren, parse_siret, siren_of


def test_a_siren_is_read_with_or_without_spaces() -> None:
    assert parse_siren("732 829 320") == parse_siren("732829320") == "732829320"


def test_a_siret_gives_its_siren() -> None:
    assert parse_siret("732 829 320 00074") == "73282932000074"
    assert siren_of("73282932000074") == siren_of("732829320") == "732829320"


def test_la_poste_s_establishments_have_their_own_checksum() -> None:
    assert parse_siret("35600000049837") == "35600000049837"
    assert siren_of("35600000000048") == "356000000"
    with pytest.raises(InvalidIdentifier, match="check digit"):
        parse_siret("35600000049838")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("000000000", "all zeros"),
        ("00000000000000", "all zeros"),
        ("732829321", "check digit"),
        ("73282932000079", "check digit"),
        ("73282932", "9 digits are expected"),
        ("7328293200007", "14 digits are expected"),
        ("73282932A", "9 digits are expected"),
        ("", "9 digits are expected"),
        ("٧٣٢٨٢٩٣٢٠", "9 digits are expected"),
    ],
)
def test_a_wrong_identifier_is_refused_with_what_to_do(text: str, advice: str) -> None:
    with pytest.raises(InvalidIdentifier, match=advice):
        siren_of(text)


@given(st.integers(1, 99_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen_and_the_number_is_never_repeated(stem: int, place: int, shift: int) -> None:
    good = f"{stem:08}" + luhn.calc_check_digit(f"{stem:08}")
    bad = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    assert parse_siren(good) == good
    with pytest.raises(InvalidIdentifier) as caught:
        parse_siren(bad)
    assert bad not in str(caught.value)


def test_a_period_is_a_month_or_a_quarter() -> None:
    assert parse_period("2026-01").months == 1
    assert parse_period("2026-Q1").months == 3


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "2026-Q5", "2026-q1", "2026", "2026-01\n", "٢٠٢٦-01"])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(InvalidPeriod, match="2026-Q1"):
        parse_period(text)


@pytest.mark.parametrize(
    "text", ["0000-01", "0226-01", "1989-12", "1989-Q4", "2100-01", "2100-Q1", "2206-01", "9998-12"]
)
def test_a_period_of_another_time_is_refused_with_the_years_that_are_ours(text: str) -> None:
    with pytest.raises(InvalidPeriod, match="from 1990 to 2099"):
        parse_period(text)


@pytest.mark.parametrize("text", ["1990-01", "1990-Q1", "2099-12", "2099-Q4"])
def test_the_first_and_last_periods_of_our_time_are_read(text: str) -> None:
    assert str(parse_period(text)) == text
