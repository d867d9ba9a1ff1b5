"""French for timelines and tasks: dates and amounts as an agent reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def day(value: date) -> str:
    """``16/11/2026``."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def capital(text: str) -> str:
    """The text with a capital first, its acronyms as they are."""
    return text[:1].upper() + text[1:]


def euros(amount: Decimal) -> str:
    """``1 240,50 €``, with plain spaces."""
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")
