"""What French law fixes: thresholds, territories, and the figures that change by year, each with its source.

A figure that is not in the table is not guessed: :class:`UnknownFigure` sends the case to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

#: Fewer employees than this may choose quarterly payment (CSS R243-6-1).
QUARTERLY_BELOW = 11
#: From this headcount on, contributions are due on the 5th instead of the 15th (CSS R243-6).
DUE_EARLY_FROM = 50
DUE_DAY = 15
DUE_DAY_EARLY = 5

#: ``pmss`` is the monthly social security ceiling, Mayotte (which has its own) excepted.
FigureName = Literal[
    "pmss",
    "late_payment_rate",
    "late_payment_rate_after_taxation",
    "late_payment_monthly_rate",
    "late_declaration_rate",
    "late_declaration_cap",
]


@dataclass(frozen=True)
class Figure:
    """A legal value from ``since`` to ``until`` included (``None``: until changed); rates are fractions of one."""

    name: FigureName
    since: date
    until: date | None
    value: Decimal
    unit: str
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether the value is the law's on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


class UnknownFigure(LookupError):
    """The table has no value for that day: a person must answer."""


def _ceiling(year: int, value: int, order: str) -> Figure:
    source = f"CSS D242-17; arrêté du {order}"
    return Figure("pmss", date(year, 1, 1), date(year, 12, 31), Decimal(value), "EUR/month", source)


def _rate(name: FigureName, since: date, value: str, unit: str, source: str) -> Figure:
    return Figure(name, since, None, Decimal(value), unit, source)


_READ = date(2026, 1, 1)  # codes as consolidated in March 2026: nothing is claimed for the years before

FIGURES: tuple[Figure, ...] = (
    _ceiling(2024, 3864, "19 décembre 2023"),
    _ceiling(2025, 3925, "19 décembre 2024"),
    _ceiling(2026, 4005, "22 décembre 2025"),
    _rate("late_payment_rate", date(2018, 1, 1), "0.05", "of the unpaid sum", "CSS R243-16"),
    _rate("late_payment_rate_after_taxation", _READ, "0.08", "of the unpaid sum", "CSS R243-16"),
    _rate("late_payment_monthly_rate", date(2018, 1, 1), "0.002", "of the unpaid sum, per month begun", "CSS R243-16"),
    _rate("late_declaration_rate", _READ, "0.015", "of PMSS, per employee and month", "CSS R243-12"),
    _rate("late_declaration_cap", _READ, "1.5", "of PMSS, up to 5 days late, once a year", "CSS R243-12"),
)


def figure(name: FigureName, day: date) -> Figure:
    """The legal value in force on ``day``.

    Raises :class:`UnknownFigure` when the table has none, such as the ceiling of a year not yet published.
    """
    for row in FIGURES:
        if row.name == name and row.holds_on(day):
            return row
    raise UnknownFigure(f"No value of {name} is known for {day}: add it to domain/law.py with its source.")


@dataclass(frozen=True)
class Territory:
    """French ``label`` and the public holidays, as (month, day), it has beyond the national ones."""

    label: str
    holidays: tuple[tuple[int, int], ...] = ()


#: CT L3134-13 (Alsace-Moselle) and L3422-2 (overseas), without days of mere custom. Good Friday is a holiday in some
#: communes of Alsace-Moselle only: it stays a working day, since a date announced too early harms nobody.
TERRITORIES: dict[str, Territory] = {
    "metropole": Territory("France métropolitaine"),
    "alsace-moselle": Territory("Alsace-Moselle", ((12, 26),)),
    "mayotte": Territory("Mayotte", ((4, 27),)),
    "martinique": Territory("Martinique", ((5, 22),)),
    "guadeloupe": Territory("Guadeloupe", ((5, 27),)),
    "guyane": Territory("Guyane", ((6, 10),)),
    "reunion": Territory("La Réunion", ((12, 20),)),
    "saint-martin": Territory("Saint-Martin", ((5, 27),)),
    "saint-barthelemy": Territory("Saint-Barthélemy", ((10, 9),)),
}
