"""Days and hours of an organisation: its time zone, its public holidays, its sending window (COM-2)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from domain.law import TERRITORIES

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Working days of a ``territory`` (a key of ``law.TERRITORIES``); window [``opens``, ``closes``) in a ``zone``.

    Instants are aware. Two instants of one zone subtract by the clock on the wall: count elapsed hours with
    :meth:`after`. Raises ``KeyError`` for an unknown territory, ``ZoneInfoNotFoundError`` for an unknown zone.
    """

    zone: str
    territory: str
    opens: time
    closes: time
    _holidays: dict[int, frozenset[date]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        # A calendar is part of the key of most things computed once: two attributes tell nearly all apart.
        return hash((self.zone, self.territory))

    @cached_property
    def zoneinfo(self) -> ZoneInfo:
        """The time zone of every date rule."""
        return ZoneInfo(self.zone)

    def day_of(self, instant: datetime) -> date:
        """The local day of an instant."""
        return instant.astimezone(self.zoneinfo).date()

    def at(self, day: date, hour: time) -> datetime:
        """The instant of a local hour; one skipped in March moves an hour on, one repeated in October is the first."""
        return _instant(day, hour, self.zoneinfo)

    def after(self, instant: datetime, elapsed: timedelta) -> datetime:
        """The local instant once ``elapsed`` has really gone by, daylight changes included (SVC-1)."""
        return (instant.astimezone(UTC) + elapsed).astimezone(self.zoneinfo)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday, less the territory's public holidays."""
        return day.weekday() < _SATURDAY and day not in self._holidays_of(day.year)

    def working_day_on_or_after(self, day: date) -> date:
        """``day`` itself when worked, else the next working day."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def working_day_on_or_before(self, day: date) -> date:
        """``day`` itself when worked, else the working day before."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, which is not counted; before it when ``n`` is negative."""
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            day = self.working_day_on_or_after(day) if n > 0 else self.working_day_on_or_before(day)
        return day

    def is_open(self, instant: datetime) -> bool:
        """Whether the instant lies in the sending window of a working day."""
        local = instant.astimezone(self.zoneinfo)
        return self.opens <= local.time() < self.closes and self.is_working_day(local.date())

    def next_open(self, instant: datetime) -> datetime:
        """The instant itself inside the window, else the next opening."""
        local = instant.astimezone(self.zoneinfo)
        if self.is_open(local):
            return local
        day = local.date() if local.time() < self.opens else local.date() + _DAY
        return self.at(self.working_day_on_or_after(day), self.opens)

    def last_useful_hour(self, mark: datetime) -> datetime:
        """When to warn an agent of ``mark``: then, or one hour before the window last closed if it is shut (SVC-1)."""
        local = mark.astimezone(self.zoneinfo)
        if self.is_open(local):
            return local
        day = local.date() if local.time() >= self.closes else local.date() - _DAY
        return self.after(self.at(self.working_day_on_or_before(day), self.closes), timedelta(hours=-1))

    def _holidays_of(self, year: int) -> frozenset[date]:
        if year not in self._holidays:
            self._holidays[year] = _public_holidays(year, self.territory)
        return self._holidays[year]


@lru_cache(maxsize=100_000)
def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC).astimezone(zone)


def _public_holidays(year: int, territory: str) -> frozenset[date]:
    """Of a year that the library does not know (it ends in 2100), the territory's alone: no journey stops for that."""
    return frozenset(country_holidays("FR", years=year)) | {
        date(year, month, day) for month, day in TERRITORIES[territory].holidays
    }


@lru_cache(maxsize=100_000)
def add_months(opening: date, months: int) -> date:
    """``months`` after ``opening``, clamped to the month's end; count from the opening itself, never from a result."""
    year, month = divmod(opening.year * 12 + opening.month - 1 + months, 12)
    return date(year, month + 1, min(opening.day, monthrange(year, month + 1)[1]))
