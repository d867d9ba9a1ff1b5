"""Amounts that people type."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

TOO_MUCH = 10**9


def euros_of(written: str) -> Decimal | None:
    """A payment in euros as people write it, ``1 240,50 €``, with its two decimals.

    None when it is no amount, is not positive, reaches a billion, or has parts of a cent.
    """
    try:
        amount = Decimal("".join(written.split()).removesuffix("€").replace(",", "."))
    except InvalidOperation:
        return None
    # Bounded first: what is not finite cannot be compared, and what is too large cannot be rounded.
    if not (amount.is_finite() and 0 < amount < TOO_MUCH):
        return None
    return cents if (cents := round(amount, 2)) == amount else None
