"""Shares, as levels of service and indicators show them."""

from __future__ import annotations

from decimal import Decimal


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """``part`` of ``whole`` from 0 to 1, to the thousandth; none of nothing."""
    return (Decimal(part) / whole).quantize(Decimal("0.001")) if whole else None
