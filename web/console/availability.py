"""Slots drawn from a form: some days of some weeks, from an hour to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row
from starlette.datastructures import FormData

from db.slots import Published
from domain.calendar import Calendar
from domain.cases import Slot
from domain.rules.appointments import MEANS
from web.console.forms import hour_of

MOST_WEEKS = 8
LENGTHS = (15, 20, 30, 45, 60, 90)


class Refused(Exception):
    """The form does not make slots; its text says why, in French."""


@dataclass(frozen=True)
class Wish:
    """The days wished for, and what to offer on them."""

    days: tuple[date, ...]
    opens: time = time()
    closes: time = time()
    minutes: int = 30
    formats: tuple[str, ...] = ()


def days_of(form: FormData, monday: date) -> tuple[date, ...]:
    """The days ticked, in each of the weeks. Raises Refused."""
    ticked = [int(str(day)) for day in form.getlist("jours") if str(day) in "01234"]
    if not ticked:
        raise Refused("Cochez au moins un jour.")
    written = str(form.get("semaines") or "1")
    weeks = min(int(written), MOST_WEEKS) if written.isdecimal() and len(written) < 3 else 1
    return tuple(monday + timedelta(days=7 * week + day) for week in range(weeks) for day in ticked)


def wish_of(form: FormData, monday: date) -> Wish:
    """What the form asks for. Raises Refused."""
    opens, closes, minutes = hour_of(form, "de"), hour_of(form, "a"), str(form.get("minutes"))
    formats = tuple(it for it in MEANS if it in form.getlist("formats"))
    if opens is None or closes is None or opens >= closes:
        raise Refused("Indiquez une heure de début et une heure de fin, dans cet ordre.")
    if minutes not in map(str, LENGTHS):
        raise Refused("Choisissez une durée.")
    if not formats:
        raise Refused("Cochez au moins une forme de rendez-vous.")
    return Wish(days_of(form, monday), opens, closes, int(minutes), formats)


def agenda_with(ahead: Sequence[Slot], taken: Sequence[Row[Any]], wish: Wish, calendar: Calendar) -> list[Published]:
    """All the slots ahead once the free ones of the days wished for are replaced."""
    kept = [it for it in ahead if calendar.day_of(it.starts_at) not in wish.days]
    drawn = [it for day in wish.days if calendar.is_working_day(day) for it in _drawn(day, wish, calendar)]
    free = [it for it in drawn if not any(_overlap(it, row) for row in taken)]
    return [Published(it.starts_at, it.minutes, it.formats) for it in kept] + free


def _drawn(day: date, wish: Wish, calendar: Calendar) -> Iterator[Published]:
    length, closes = timedelta(minutes=wish.minutes), datetime.combine(day, wish.closes)
    starts = datetime.combine(day, wish.opens)
    while wish.formats and starts + length <= closes:
        yield Published(calendar.at(day, starts.time()), wish.minutes, wish.formats)
        starts += length


def _overlap(it: Published, row: Row[Any]) -> bool:
    ends, row_ends = it.starts_at + timedelta(minutes=it.minutes), row.starts_at + timedelta(minutes=row.minutes)
    return bool(it.starts_at < row_ends and row.starts_at < ends)
