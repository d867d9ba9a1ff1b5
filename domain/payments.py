"""What was paid, from when it counts, and what of it bounced; amounts in euros. It reads no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cached_property

from domain.calendar import Calendar

DAY = timedelta(days=1)
MIDNIGHT = time(0, tzinfo=UTC)
OFFSETS = tuple(timedelta(hours=hours) for hours in (-4, -3, -2, 0, 1, 2, 3, 4))
"""From UTC, of the territories' clocks: what is known by its day alone is stated at a midnight of one of them."""

EASTERNMOST = timezone(timedelta(hours=4))
"""La Réunion. A state knows no zone: the latest day it may have been errs towards counting a payment once."""


@dataclass(frozen=True)
class Payment:
    """One payment; ``at`` is when it was stated, ``received_on`` the day that counts for its timeliness."""

    event_id: str
    at: datetime
    amount: Decimal
    received_on: date | None = None

    @cached_property
    def known_by_day(self) -> bool:
        """Stated at midnight of the day it was received: its hour is not known (INC-13)."""
        if self.received_on is None:
            return False
        return datetime.combine(self.received_on, MIDNIGHT) - self.at in OFFSETS

    @cached_property
    def counted_until(self) -> datetime:
        """It comes off what was said missing before this instant; known by its day, on the whole of that day."""
        return self.at + DAY if self.known_by_day else self.at

    def day(self, calendar: Calendar) -> date:
        """The day it was received; that of its event where only this was kept."""
        return self.received_on or calendar.day_of(self.at)


@dataclass(frozen=True)
class Since:
    """The instant what is missing was said: what was paid before is not in it.

    A payment stated without its time happened when it was received here; with a ``day``, the one it bears tells too.
    ``seen``: the payments known by a day alone that had been counted all the same, by the ids of their events.
    """

    at: datetime
    day: date | None = None
    seen: tuple[str, ...] = ()

    @classmethod
    def said(cls, at: datetime, *, bounded: bool) -> Since:
        """``bounded``: the period's own amount is known, so that a payment set aside lowers what it lacks."""
        return cls(at, at.astimezone(EASTERNMOST).date() if bounded else None)

    def counts(self, payment: Payment) -> bool:
        """Whether it comes off what was missing."""
        if payment.known_by_day:
            return payment.counted_until > self.at and payment.event_id not in self.seen
        seen = self.day is not None and payment.received_on is not None and payment.received_on < self.day
        return payment.at >= self.at and not seen

    def may_have_seen(self, payment: Payment) -> bool:
        """It came on the day itself, nobody knows at what hour."""
        return payment.known_by_day and payment.at < self.at < payment.counted_until


@dataclass(frozen=True)
class Bounce:
    """A debit that the bank rejected, counted as a payment before it was; ``amount`` ``None``: all that was paid."""

    at: datetime
    event_id: str
    amount: Decimal | None

    def out_of(self, held: Decimal) -> Decimal:
        """What it takes back of what was held as paid then."""
        return max(held if self.amount is None else min(self.amount, held), Decimal(0))


def total(payments: Iterable[Payment]) -> Decimal:
    """Their sum."""
    return sum((it.amount for it in payments), Decimal(0))
