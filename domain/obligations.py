"""Periods, their legal due dates and reminder days (REM-1, REM-2, REM-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Literal

from domain.calendar import Calendar, add_months
from domain.law import DUE_DAY, DUE_DAY_EARLY, DUE_EARLY_FROM, QUARTERLY_BELOW

Kind = Literal["both", "payment", "declaration"]

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


@dataclass(frozen=True, order=True)
class Period:
    """One month (``months=1``) or one civil quarter (``months=3``) from the month ``month`` of ``year`` on.

    Raises ``ValueError`` for a month that does not exist or a quarter that is not a civil one.
    """

    year: int
    month: int
    months: int = 1

    def __post_init__(self) -> None:
        starts = {1: range(1, 13), 3: range(1, 13, 3)}.get(self.months, ())
        if self.month not in starts or not 1 <= self.year < 9999:
            raise ValueError(f"No period of {self.months} month(s) starts in month {self.month} of year {self.year}.")

    @classmethod
    def month_of(cls, day: date) -> Period:
        """The month a day falls in."""
        return cls(day.year, day.month)

    @classmethod
    def quarter_of(cls, day: date) -> Period:
        """The civil quarter a day falls in."""
        return cls(day.year, (day.month - 1) // 3 * 3 + 1, 3)

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.next().first_day - timedelta(days=1)

    @property
    def is_quarter(self) -> bool:
        """A quarter, not a month."""
        return self.months == 3

    @property
    def label(self) -> str:
        """French words: ``octobre 2026``, ``4e trimestre 2026``."""
        if not self.is_quarter:
            return f"{MONTHS[self.month - 1]} {self.year}"
        return f"{'1er' if self.month == 1 else f'{self.month // 3 + 1}e'} trimestre {self.year}"

    def next(self) -> Period:
        """The period of the same length that follows."""
        first = add_months(self.first_day, self.months)
        return Period(first.year, first.month, self.months)

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.month // 3 + 1}" if self.is_quarter else f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True)
class DueDate:
    """The ``nominal`` date of the law, shown first, and ``due_on``, the day to respect once moved."""

    nominal: date
    due_on: date


@dataclass(frozen=True)
class Obligation:
    """What a period asks for: to pay, to declare (DSN), or both on the same day."""

    period: Period
    kind: Kind
    due: DueDate

    @cached_property
    def name(self) -> str:
        """The period as events write it."""
        return str(self.period)


@lru_cache(maxsize=10_000)
def legal_due_date(period: Period, headcount: int, calendar: Calendar) -> DueDate:
    """When a period is due: the 15th of the month after it, the 5th from 50 employees on (CSS R243-6, R243-6-1)."""
    early = headcount >= DUE_EARLY_FROM and not period.is_quarter
    nominal = period.next().first_day.replace(day=DUE_DAY_EARLY if early else DUE_DAY)
    return DueDate(nominal, calendar.working_day_on_or_after(nominal))


def expected_obligations(
    first_hire_on: date, headcount: int, quarterly: bool, after: date, until: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """What the law asks with a moved due date after ``after`` and not after ``until``, in order (REM-1).

    ``headcount`` is the one the law counts: that of the first hire while the five-year freeze runs (CSS L130-1).
    From 11 on ``quarterly`` is ignored. The last month of a quarter is declared the day the quarter is paid.
    """
    pays_quarterly = quarterly and headcount < QUARTERLY_BELOW
    first = max(first_hire_on, add_months(after, -1))
    month, found = first.year * 12 + first.month - 1, list[Obligation]()
    while True:
        known = _obligations(month, headcount, pays_quarterly, calendar)
        found += [it for it in known if after < it.due.due_on <= until]
        if known[-1].due.due_on > until:
            return tuple(found)
        month += HALF_YEAR


HALF_YEAR = 6


@lru_cache(maxsize=10_000)
def _obligations(first: int, headcount: int, pays_quarterly: bool, calendar: Calendar) -> tuple[Obligation, ...]:
    """Those of half a year from the month ``first`` on."""
    months = range(first, first + HALF_YEAR)
    return tuple(_obligation(month, headcount, pays_quarterly, calendar) for month in months)


@lru_cache(maxsize=10_000)
def _obligation(month_number: int, headcount: int, pays_quarterly: bool, calendar: Calendar) -> Obligation:
    month = Period(month_number // 12, month_number % 12 + 1)
    quarter = Period.quarter_of(month.first_day)
    ends_quarter = quarter.last_day == month.last_day
    period = quarter if pays_quarterly and ends_quarter else month
    kind: Kind = "declaration" if pays_quarterly and not ends_quarter else "both"
    return Obligation(period, kind, legal_due_date(period, headcount, calendar))


@lru_cache(maxsize=10_000)
def reminder_day(due_on: date, lead_days: int, calendar: Calendar) -> date:
    """``lead_days`` days before the due date, or the working day before that one (REM-2)."""
    return calendar.working_day_on_or_before(due_on - timedelta(days=lead_days))


@lru_cache(maxsize=10_000)
def spread_instant(key: str, day: date, calendar: Calendar, reserve: timedelta) -> datetime:
    """The instant of ``day`` at which the message ``key`` leaves, the same on every run and machine (REM-7).

    Instants cover the sending window, to the second, except the ``reserve`` kept at its end for retries.
    Raises ``ValueError`` when the reserve leaves no window.
    """
    opening, seconds = _sending_window(day, calendar, reserve)
    digest = int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
    return opening + timedelta(seconds=digest % seconds)


@lru_cache(maxsize=10_000)
def _sending_window(day: date, calendar: Calendar, reserve: timedelta) -> tuple[datetime, int]:
    opening, closing = calendar.at(day, calendar.opens), calendar.at(day, calendar.closes)
    seconds = int((closing - opening - reserve).total_seconds())
    if seconds <= 0:
        raise ValueError(f"A reserve of {reserve} leaves nothing of the window {calendar.opens}-{calendar.closes}.")
    return opening, seconds
