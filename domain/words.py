"""French for timelines and tasks: dates, periods and amounts as an agent reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.identifiers import parse_period


def day(value: date) -> str:
    """``16/11/2026``."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def the_period(text: str) -> str:
    """``2026-10`` after a preposition: ``octobre 2026``, ``le 4e trimestre 2026``. Raises ``InvalidPeriod``."""
    period = parse_period(text)
    return f"le {period.label}" if period.is_quarter else period.label


def of_period(text: str) -> str:
    """``2026-10`` after a noun: ``d'octobre 2026``, ``de mars 2026``, ``du 4e trimestre 2026``. Raises the same."""
    period = parse_period(text)
    if period.is_quarter:
        return f"du {period.label}"
    return f"d'{period.label}" if period.label[0] in "ao" else f"de {period.label}"


def capital(text: str) -> str:
    """The text with a capital first, its acronyms as they are."""
    return text[:1].upper() + text[1:]


def percent(value: Decimal) -> str:
    """``97,5 %``, with a plain space and no idle decimal."""
    return f"{value.normalize():f} %".replace(".", ",")


def euros(amount: Decimal) -> str:
    """``1 240,50 €``, with plain spaces."""
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")
