"""Every number a French enterprise may give: one spelling, shown as read in France, texted when it can be."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.phones import international, shown, takes_sms

MOBILES = {
    "06 39 98 00 01": "+33639980001",
    "0639980001": "+33639980001",
    "06.39.98.00.01": "+33639980001",
    "06-39-98-00-01": "+33639980001",
    "06/39/98/00/01": "+33639980001",
    "06\u00a039\u202f98\u200900\u200701": "+33639980001",
    "\u202a06 39 98 00 01\u202c\u200b": "+33639980001",
    "(06) 39 98 00 01": "+33639980001",
    "+33 (0)6 39 98 00 01": "+33639980001",
    "+33 ( 0 ) 6 39 98 00 01": "+33639980001",
    "+33 06 39 98 00 01": "+33639980001",
    "0033 (0) 6 39 98 00 01": "+33639980001",
    "33639980001": "+33639980001",
    "tel:+33639980001": "+33639980001",
    "０６３９９８０００１": "+33639980001",
    "07 55 12 34 56": "+33755123456",
    "0690 12 34 56": "+590690123456",
    "0691 12 34 56": "+590691123456",
    "0694 12 34 56": "+594694123456",
    "0696 12 34 56": "+596696123456",
    "0697 12 34 56": "+596697123456",
    "0692 12 34 56": "+262692123456",
    "0693 12 34 56": "+262693123456",
    "0639 12 34 56": "+262639123456",
    "+262 0692 12 34 56": "+262692123456",
    "+262 (0)692 12 34 56": "+262692123456",
    "00 262 692 12 34 56": "+262692123456",
    "+33 692 12 34 56": "+262692123456",
    "+33 (0)696 12 34 56": "+596696123456",
    "0709 00 12 34": "+590709001234",
    "0709 04 12 34": "+590709041234",
    "0709 10 12 34": "+596709101234",
    "0709 13 12 34": "+596709131234",
    "0709 20 12 34": "+262709201234",
    "0709 23 12 34": "+262709231234",
    "0709 30 12 34": "+594709301234",
    "0709 33 12 34": "+594709331234",
    "0709 35 12 34": "+262709351234",
    "0709 37 12 34": "+262709371234",
    "0708 40 12 34": "+508708401234",
    "0508 55 12 34": "+508551234",
    "+508 55 12 34": "+508551234",
    "+687 75.12.34": "+687751234",
    "+689 89 12 34 56": "+68989123456",
    "+377 6 12 34 56 78": "+377612345678",
    "+32 475 12 34 56": "+32475123456",
    "0032 475 12 34 56": "+32475123456",
    "+41 79 123 45 67": "+41791234567",
    "+352 621 123 456": "+352621123456",
    "+376 312 345": "+376312345",
    "+49 1512 3456789": "+4915123456789",
}
LANDLINES = {
    "01 99 00 00 01": "+33199000001",
    "04 91 00 00 00": "+33491000000",
    "0976 12 34 56": "+33976123456",
    "0 800 12 34 56": "+33800123456",
    "0262 12 34 56": "+262262123456",
    "0263 12 34 56": "+262263123456",
    "0269 61 23 45": "+262269612345",
    "0590 12 34 56": "+590590123456",
    "0594 12 34 56": "+594594123456",
    "0596 30 12 34": "+596596301234",
    "0508 41 23 45": "+508412345",
    "+377 93 30 12 34": "+37793301234",
    "+32 2 513 89 40": "+3225138940",
    "+41 22 730 51 11": "+41227305111",
    "+39 06 1234 5678": "+390612345678",
}
ALL = MOBILES | LANDLINES


@pytest.mark.parametrize(("written", "kept"), ALL.items())
def test_a_number_has_one_spelling_however_it_was_written(written: str, kept: str) -> None:
    assert international(written) == kept
    assert international(kept) == kept


@pytest.mark.parametrize("number", sorted(set(MOBILES.values())))
def test_a_mobile_is_texted(number: str) -> None:
    assert takes_sms(number)


@pytest.mark.parametrize("number", sorted(set(LANDLINES.values())))
def test_a_landline_is_not_texted(number: str) -> None:
    assert not takes_sms(number)


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+33639980001", "06 39 98 00 01"),
        ("+33199000001", "01 99 00 00 01"),
        ("+262692123456", "06 92 12 34 56"),
        ("+590709001234", "07 09 00 12 34"),
        ("+508708401234", "07 08 40 12 34"),
        ("+508412345", "+508 41 23 45"),
        ("+37793301234", "+377 93 30 12 34"),
        ("+32475123456", "+32 475 12 34 56"),
        ("01 99 00 12 34", "01 99 00 12 34"),
        ("3957", "3957"),
    ],
)
def test_a_number_is_shown_as_it_is_read_in_france_on_one_line(number: str, read: str) -> None:
    assert shown(number) == read.replace(" ", "\u00a0")


@pytest.mark.parametrize("number", sorted(set(ALL.values())))
def test_what_is_shown_is_the_same_number(number: str) -> None:
    assert international(shown(number)) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12",
        "+0633",
        "06 39 98",
        "06 39 98 00 0",
        "call me",
        "06 39 98 00 01 poste 2",
        "06 39 98 00 01 / 01 99 00 00 01",
    ],
)
def test_what_is_no_number_is_refused_with_what_to_do(written: str) -> None:
    with pytest.raises(ValueError, match="number"):
        international(written)


@given(st.text(max_size=30))
def test_any_text_is_a_number_in_one_spelling_or_refused(written: str) -> None:
    try:
        number = international(written)
    except ValueError:
        return
    assert international(number) == number
    assert number.startswith("+")
    assert number[1:].isascii()


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_what_was_stored_is_still_read(stored: str) -> None:
    assert international(stored).startswith("+")


@pytest.mark.parametrize("region", ["FR", "GP", "MQ", "GF", "RE", "YT", "PM", "MC", "BE", "CH", "LU", "DE", "ES", "IT"])
@pytest.mark.parametrize(
    ("kind", "texted"), [(phonenumbers.PhoneNumberType.MOBILE, True), (phonenumbers.PhoneNumberType.FIXED_LINE, False)]
)
def test_the_example_of_each_country_is_itself(region: str, kind: int, texted: bool) -> None:
    if (region, texted) == ("PM", False):
        pytest.skip("its plan shares the range between both")
    example = phonenumbers.example_number_for_type(region, kind)
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    kept = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert (international(written), takes_sms(kept)) == (kept, texted)
