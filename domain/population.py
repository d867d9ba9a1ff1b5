"""An invented, seeded population: who opens an account, when, and what befalls it, whatever the policy.

A chance depends on the seed and on what it decides, never on the order it is drawn in: two policies, or any number of
processes, meet the very same enterprises. The shares are assumptions, gathered in :class:`Habits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from itertools import accumulate
from typing import TypeVar

from stdnum import luhn

from domain.calendar import Calendar, add_months
from domain.facts import AccountOpened, Fact, PaymentReceived
from domain.requests import Request

HEADCOUNTS = {1: 0.5, 2: 0.2, 4: 0.17, 8: 0.08, 14: 0.04, 55: 0.01}

Item = TypeVar("Item")


@dataclass(frozen=True)
class Habits:
    """Assumed shares, between 0 and 1; ``contribution`` is in euros for one employee and one month.

    ``early``, ``late`` and ``incident`` are shares of the periods to pay, ``plan`` and ``pays_later`` of the incidents,
    ``extension`` of the notices, ``accepted`` and ``countered`` of the plans asked for, ``kept`` of the instalments,
    ``books`` of the appointments offered.
    """

    accountant: float = 0.6
    quarterly: float = 0.3
    phone: float = 0.93
    confirms: float = 0.7
    grows: float = 0.3
    closes: float = 0.06
    early: float = 0.2
    late: float = 0.08
    incident: float = 0.06
    plan: float = 0.3
    pays_later: float = 0.5
    extension: float = 0.35
    accepted: float = 0.7
    countered: float = 0.15
    kept: float = 0.92
    books: float = 0.65
    contribution: int = 620


@dataclass(frozen=True)
class Scenario:
    """Whom to invent: accounts opened evenly over ``months`` from ``start`` on, shared among ``organisations``."""

    enterprises: int
    months: int
    start: date
    organisations: tuple[str, ...]
    calendar: Calendar
    seed: int = 1
    habits: Habits = field(default_factory=Habits)

    @property
    def end(self) -> datetime:
        """The first instant that is not simulated."""
        return self.calendar.at(add_months(self.start, self.months), time(0))


@dataclass(frozen=True)
class Draw:
    """Chances that depend on a root and a name only."""

    root: str

    def share(self, name: str) -> float:
        """A number in [0, 1)."""
        return int.from_bytes(blake2b(f"{self.root}:{name}".encode(), digest_size=6).digest()) / 2**48

    def happens(self, name: str, share: float) -> bool:
        """Whether something of that share happens."""
        return self.share(name) < share

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number, both bounds included."""
        return low + int(self.share(name) * (high - low + 1))

    def pick(self, name: str, shares: Mapping[Item, float]) -> Item:
        """One of the items, each by its share."""
        at = self.share(name) * sum(shares.values())
        bounds = zip(shares, accumulate(shares.values()), strict=True)
        return next(item for item, bound in bounds if at < bound)


@dataclass(frozen=True, order=True)
class Input:
    """Something that reaches a journey at an instant: a fact, or a request; ``id`` settles ties."""

    at: datetime
    id: str
    what: Fact | Request = field(compare=False)


def told(fact: Fact) -> Input:
    """A fact that arrives when it happens."""
    return Input(fact.received_at, fact.id, fact)


@dataclass(frozen=True)
class Enterprise:
    """One invented enterprise: its opening, its chances, what it owes each month in euros."""

    opening: AccountOpened
    draw: Draw
    habits: Habits
    calendar: Calendar
    monthly: Decimal

    def at(self, day: date, name: str) -> datetime:
        """An instant of the daytime of ``day``."""
        seconds = self.draw.whole(f"at:{name}", 0, 9 * 3600)
        return self.calendar.at(day, time(9)) + timedelta(seconds=seconds)

    def stamp(self, name: str, at: datetime) -> tuple[str, datetime, datetime]:
        """``id``, ``at`` and ``received_at`` of a fact known at once."""
        return f"{self.opening.siren}:{name}", at, at

    def pays(self, period: str, amount: Decimal, on: date, name: str) -> Input:
        """A payment in euros."""
        id_, at, _ = self.stamp(f"{period}:paid:{name}", self.at(on, f"{period}:{name}"))
        paid = PaymentReceived(
            id=id_, at=at, received_at=at, account=self.opening.account, period=period, amount=amount, received_on=on
        )
        return told(paid)


def invent(scenario: Scenario, rank: int) -> Enterprise:
    """The enterprise of a rank, from 0 on: always the same one for a seed."""
    base = f"{rank + 1:08}"
    siren = base + luhn.calc_check_digit(base)
    draw, habits = Draw(f"{scenario.seed}:{siren}"), scenario.habits
    opened_on = scenario.start + (scenario.end.date() - scenario.start) * draw.share("opening")
    at = scenario.calendar.at(opened_on, time(draw.whole("hour", 7, 20)))
    headcount = draw.pick("headcount", HEADCOUNTS)
    opening = AccountOpened(
        id=f"{siren}:opened",
        at=at,
        received_at=at,
        siren=siren,
        organisation=draw.pick("organisation", dict.fromkeys(scenario.organisations, 1.0)),
        account=f"117{rank:09}",
        opened_on=opened_on,
        headcount=headcount,
        naf="",
        quarterly=draw.happens("quarterly", habits.quarterly),
        first_hire_on=opened_on,
        accountant=draw.happens("accountant", habits.accountant),
        has_mail=True,
        has_phone=draw.happens("phone", habits.phone),
    )
    return Enterprise(opening, draw, habits, scenario.calendar, Decimal(habits.contribution * headcount))
