import pytest

from activities.inbound.schemas import Contact


@pytest.mark.parametrize(
    "written", ["06 39 98 00 01", "0639980001", "06.39.98.00.01", "+33 6 39 98 00 01", "0033639980001"]
)
def test_a_phone_is_kept_as_providers_want_it_however_it_was_written(written: str) -> None:
    assert Contact(name="Zoé", phone=written).phone == "+33639980001"


@pytest.mark.parametrize("written", ["call me", "12", "+0633", "06 39 98"])
def test_what_is_not_a_phone_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        Contact(name="Zoé", phone=written)
