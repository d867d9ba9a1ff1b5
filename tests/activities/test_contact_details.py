import pytest

from activities.inbound.schemas import Contact


@pytest.mark.parametrize(
    "written",
    [
        "06 39 98 00 01",
        "0639980001",
        "06.39.98.00.01",
        "+33 6 39 98 00 01",
        "0033639980001",
        "+33 (0)6 39 98 00 01",
        "+33 0639980001",
        "0033 (0) 6 39 98 00 01",
    ],
)
def test_a_phone_is_kept_as_providers_want_it_however_it_was_written(written: str) -> None:
    assert Contact(name="Zoé", phone=written).phone == "+33639980001"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0692 12 34 56", "+262692123456"),
        ("0262 12 34 56", "+262262123456"),
        ("0639 12 34 56", "+262639123456"),
        ("0590 12 34 56", "+590590123456"),
        ("0691 12 34 56", "+590691123456"),
        ("0694 12 34 56", "+594694123456"),
        ("0596 12 34 56", "+596596123456"),
        ("+33 (0)696 12 34 56", "+596696123456"),
        ("+262 (0)692 12 34 56", "+262692123456"),
    ],
)
def test_a_number_of_an_overseas_territory_has_the_code_of_its_territory(written: str, kept: str) -> None:
    assert Contact(name="Zoé", phone=written).phone == kept


@pytest.mark.parametrize("written", ["call me", "12", "+0633", "06 39 98"])
def test_what_is_not_a_phone_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        Contact(name="Zoé", phone=written)
