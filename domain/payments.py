"""What was paid, from when it counts, and what of it bounced; amounts in euros. It reads no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from domain.calendar import Calendar

EASTERNMOST = timezone(timedelta(hours=4))
"""La Réunion. A state knows no zone: the latest day it may have been errs towards counting a payment once."""


@dataclass(frozen=True)
class Payment:
    """One payment; ``at`` is when it was stated, ``received_on`` the day that counts for its timeliness."""

    event_id: str
    at: datetime
    amount: Decimal
    received_on: date | None = None

    def day(self, calendar: Calendar) -> date:
        """The day it was received; that of its event where only this was kept."""
        return self.received_on or calendar.day_of(self.at)


@dataclass(frozen=True)
class Since:
    """The instant what is missing was said: what was paid before is not in it.

    A payment stated without its time happened when it was received here; with a ``day``, the one it bears tells too.
    """

    at: datetime
    day: date | None = None

    @classmethod
    def said(cls, at: datetime, *, bounded: bool) -> Since:
        """``bounded``: the period's own amount is known, so that a payment set aside lowers what it lacks."""
        return cls(at, at.astimezone(EASTERNMOST).date() if bounded else None)

    def counts(self, payment: Payment) -> bool:
        """Whether it comes off what was missing."""
        seen = self.day is not None and payment.received_on is not None and payment.received_on < self.day
        return payment.at >= self.at and not seen


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
