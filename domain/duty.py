"""A duty: something the rules owe at an instant, and the world they look at when they decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

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


Decided = tuple[Journey, tuple[Effect, ...]]
"""A new state, and the effects that led to it."""

Act = Callable[[Journey, World], Decided]
"""What is done when a duty is carried out, and not before."""


def waits_for_window(effect: Effect) -> bool:
    """Whether it writes to somebody inside the sending window only (COM-2)."""
    return isinstance(effect, SendMessage | SendAgain) and not effect.immediate


@dataclass(frozen=True)
class Duty:
    """Owed ``at`` an instant; past ``until`` it is too late and ``late`` is done instead.

    ``key`` is remembered once done: a duty is carried out once in a journey, whatever wakes it.
    ``in_window``: it writes to somebody, inside the sending window only (COM-2).
    """

    at: datetime
    key: str
    act: Act
    until: datetime | None = None
    late: Act | None = None
    in_window: bool = False

    def ready_at(self, world: World) -> datetime:
        """When it can be carried out, seen from ``world.now``."""
        start = max(self.at, world.now)
        return world.calendar.next_open(start) if self.in_window and not self.is_late(start) else start

    def is_late(self, now: datetime) -> bool:
        """Too late to be useful."""
        return self.until is not None and now > self.until

    def carry_out(self, journey: Journey, world: World) -> Decided:
        """The state it leaves, and its effects. Raises ValueError for a letter that would ignore the window (COM-2)."""
        late = self.is_late(world.now)
        act = self.late if late else self.act
        journey, effects = act(journey, world) if act else (journey, ())
        if (late or not self.in_window) and any(waits_for_window(effect) for effect in effects):
            raise ValueError(f"the duty {self.key} writes to somebody: it must be in_window, or its letter immediate")
        return journey, effects

    @classmethod
    def of(
        cls,
        at: datetime,
        key: str,
        effects: tuple[Effect, ...],
        change: Change | None = None,
        until: datetime | None = None,
        late: tuple[Effect, ...] = (),
    ) -> Duty:
        """Effects known beforehand, and the change they go with."""
        return cls(
            at,
            key,
            lambda it, world: (change(it, world.now) if change else it, effects),
            until,
            lambda it, _: (it, late),
            any(waits_for_window(effect) for effect in effects),
        )


class Family(Protocol):
    """A family of rules, or a room of one: a function of the journey and of the world, and of nothing else."""

    def duties(self, journey: Journey, world: World, /) -> Iterator[Duty]:
        """What it owes, done or not."""


def _nothing(_case: Any) -> object:
    return None


@dataclass(frozen=True)
class OfEachCase:
    """The duties of a family that looks at the cases of one ``field`` of the journey, each by itself.

    What ``of`` says of a case depends on the case, on the commitments and appointments about it, on what was done for
    it (keys of ``done`` that hold its id), and on the rest of the journey but its other cases. Of these it may read
    what ``shared`` gives, and what was done for those of the same ``kin``. ``domain.owed`` asks again accordingly.
    """

    field: str
    of: Callable[[Any, Journey, World], Iterator[Duty]]
    shared: Callable[[Any], object] = _nothing
    kin: Callable[[Any], object] | None = None

    def cases(self, journey: Journey) -> Mapping[str, Any]:
        """The cases it looks at, by id."""
        found: Mapping[str, Any] = getattr(journey, self.field)
        return found

    def __call__(self, journey: Journey, world: World, /) -> Iterator[Duty]:
        """What it owes of all its cases, done or not."""
        for case in self.cases(journey).values():
            yield from self.of(case, journey, world)
