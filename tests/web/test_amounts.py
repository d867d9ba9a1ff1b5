"""Amounts as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.amounts import euros_of


@pytest.mark.parametrize("written", ["1 240,50", "1240.5 €", "1\u202f240,50\u00a0€", "1240,500"])
def test_an_amount_is_read_as_people_write_it(written: str) -> None:
    assert str(euros_of(written)) == "1240.50"


@pytest.mark.parametrize(
    "written", ["", "douze", "nan", "snan", "inf", "1e30", "1e999999", "1e-999", "0", "-3", "3,141"]
)
def test_what_is_no_payment_is_not_an_amount(written: str) -> None:
    assert euros_of(written) is None


@given(st.text() | st.decimals().map(str))
def test_whatever_is_typed_is_an_amount_in_cents_or_none(written: str) -> None:
    amount = euros_of(written)
    assert amount is None or (0 < amount < 10**9 and amount.as_tuple().exponent == -2)


@given(st.decimals(Decimal("0.01"), Decimal("999999999.99"), places=2))
def test_every_amount_in_cents_is_read_back(amount: Decimal) -> None:
    assert euros_of(f"{amount}".replace(".", ",")) == amount
