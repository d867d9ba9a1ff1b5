"""A duty: something the rules owe at an instant, and the world they look at when they decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

from domain.calendar import Calendar
from domain.cases import Slot
from domain.effects import Effect, SendAgain, SendMessage
from domain.policy import Policy
from domain.state import Journey

Change = Callable[[Journey, datetime], Journey]


@dataclass(frozen=True)
class AgentLoad:
    """A trained, present agent and the weight of his or her portfolio (ENR-3)."""

    agent: str
    weight: int


@dataclass(frozen=True)
class World:
    """What a step may look at besides the journey.

    ``policy`` is the version the journey runs under, ``current`` the organisation's newest (POL-2), ``now`` the
    workflow's clock, ``roster`` the agents who may become its referent, ``slots`` the free slots of the organisation
    when the step was told that somebody wants one (``None``: not looked up, nothing may be concluded from it).
    """

    policy: Policy
    current: Policy
    now: datetime
    roster: tuple[AgentLoad, ...] = ()
    slots: tuple[Slot, ...] | None = None

    @property
    def calendar(self) -> Calendar:
        """The organisation's calendar."""
        return self.policy.calendar

    @cached_property
    def today(self) -> date:
        """The day it is in the organisation's zone."""
        return self.policy.calendar.day_of(self.now)

    def awaits(self, at: datetime) -> bool:
        """Whether an instant is still ahead: what depends on nothing more of the clock should ask no more."""
        return at > self.now

    def opening(self, day: date) -> datetime:
        """When the sending window opens (or would open) that day."""
        return self.calendar.at(day, self.policy.opens)

    def closing(self, day: date) -> datetime:
        """When the sending window closes (or would close) that day."""
        return self.calendar.at(day, self.policy.closes)


def unchanged(journey: Journey, _: datetime) -> Journey:
    """A duty that leaves no trace but its own key."""
    return journey


@dataclass(frozen=True)
class Duty:
    """``at`` when it is owed; past ``until`` it is too late and ``late`` is carried out instead,
    without the ``change``: what was not done is not remembered as done.

    ``sends`` says that a message is among effects that are not written yet.
    ``key`` is remembered once done: a duty is carried out once in a journey, whatever wakes it.
    """

    at: datetime
    key: str
    effects: tuple[Effect, ...]
    change: Change = unchanged
    until: datetime | None = None
    late: tuple[Effect, ...] = field(default=())
    sends: bool = False

    @classmethod
    def ahead(cls, at: datetime, key: str, *, until: datetime | None = None) -> Duty:
        """A message still to come: what it says is written when it leaves, not at every step until then."""
        return cls(at, key, (), until=until, sends=True)

    @property
    def windowed(self) -> bool:
        """It sends something that may leave only inside the sending window (COM-2)."""
        if self.sends or not self.effects:
            return self.sends
        return any(isinstance(effect, (SendMessage, SendAgain)) and not effect.immediate for effect in self.effects)

    def ready_at(self, world: World) -> datetime:
        """When it can be carried out, seen from ``world.now``."""
        start = self.at if world.awaits(self.at) else world.now
        if not self.windowed or self.is_late(start):
            return start
        return world.calendar.next_open(start)

    def is_late(self, now: datetime) -> bool:
        """Too late to be useful."""
        return self.until is not None and now > self.until


class Family(Protocol):
    """A family of rules, or a room of one: a function of the journey and of the world, and of nothing else."""

    def duties(self, journey: Journey, world: World, /) -> Iterator[Duty]:
        """What it owes, done or not."""
