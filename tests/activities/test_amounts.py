"""Amounts are written as people write them, however they came."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from activities.inbound.schemas import Amount

AMOUNT = TypeAdapter[Decimal](Amount)
PLAIN = re.compile(r"[0-9]+(\.[0-9]{1,2})?")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("12.50", "12.50"),
        ("-0", "0"),
        ("0e5", "0"),
        ("+7", "7"),
        ("\uff11\uff12", "12"),
    ],
)
def test_an_exponent_is_written_out(written: str, read: str) -> None:
    assert str(AMOUNT.validate_python(written)) == read


@given(st.decimals(0, 10**11, allow_nan=False, places=2), st.sampled_from(["f", "e", "g"]))
def test_every_amount_stays_what_it_is_and_is_plain(amount: Decimal, form: str) -> None:
    written = f"{amount:{form}}"
    found = AMOUNT.validate_python(written)
    assert found == Decimal(written)
    assert PLAIN.fullmatch(str(found))
