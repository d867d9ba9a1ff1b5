"""What families owe, remembered from one pass to the next of the same journey: only those that may differ are asked.

Exact because nothing is declared: a family of rules is a function of what it reads, and all it can read is a
:class:`Watched` journey and a :class:`Glimpsed` world that note each field, each key looked up in a mapping, each
instant compared with the clock. While all of these answer as they did, it would owe the same again. What is due is
never taken from memory: its family is asked once more, with the journey and the world themselves.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field
from datetime import date, datetime
from types import FunctionType
from typing import Any, cast

from domain.cases import Slot
from domain.duty import World
from domain.rules import FAMILIES, Family, reminders
from domain.state import Journey
from domain.step import Asked, ask, duties

ALWAYS = (reminders,)
"""Families not worth watching: they look at the day and at what changes most often."""

SLOTS = "slots"

_ABSENT = object()

_NEVER = datetime.min
"""An instant that no clock shows."""


@dataclass(slots=True)
class Notes:
    """What a family read: whole fields, keys of mappings with their values, the clock, instants still ahead of it."""

    fields: set[str] = field(default_factory=set)
    keys: dict[str, dict[Any, Any]] = field(default_factory=dict)
    clock: datetime | None = None
    day: date | None = None
    awaited: list[datetime] = field(default_factory=list)
    ready: tuple[datetime, ...] = ()

    def hold(self, changed: set[str], journey: Journey, world: World) -> bool:
        """Whether all of it still answers the same, ``changed`` being the fields that differ since the last pass."""
        return self.hold_at(world) and (not changed or self.hold_in(changed, journey))

    def hold_at(self, world: World) -> bool:
        """The clock shows the same, as far as it was read."""
        if self.clock is not None and self.clock is not world.now:
            return False
        if self.day is not None and self.day != world.today:
            return False
        return all(at > world.now for at in self.awaited)

    def hold_in(self, changed: set[str], journey: Journey) -> bool:
        """The fields that changed were not read, or not where they changed."""
        if not self.fields.isdisjoint(changed):
            return False
        for name in self.keys.keys() & changed:
            mapping = getattr(journey, name)
            if any(mapping.get(key, _ABSENT) is not known for key, known in self.keys[name].items()):
                return False
        return True


class Lookups(Mapping[Any, Any]):
    """A mapping of the journey: a key looked up is noted alone, anything else as the whole field."""

    def __init__(self, name: str, source: dict[Any, Any], notes: Notes) -> None:
        self._name, self._source, self._notes = name, source, notes
        self._keys = notes.keys.setdefault(name, {})

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a key."""
        found = self._keys[key] = self._source.get(key, _ABSENT)
        return default if found is _ABSENT else found

    def __getitem__(self, key: Any) -> Any:
        self._keys[key] = self._source.get(key, _ABSENT)
        return self._source[key]

    def __contains__(self, key: object) -> bool:
        return self.get(key, _ABSENT) is not _ABSENT

    def _whole(self) -> dict[Any, Any]:
        self._notes.fields.add(self._name)
        return self._source

    def __iter__(self) -> Iterator[Any]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def keys(self) -> KeysView[Any]:
        """All keys."""
        return self._whole().keys()

    def values(self) -> ValuesView[Any]:
        """All values."""
        return self._whole().values()

    def items(self) -> ItemsView[Any, Any]:
        """All keys with their values."""
        return self._whole().items()


class Watched:
    """A journey that notes what is read of it; its methods are the journey's own."""

    def __init__(self, source: Journey | Watched, notes: Notes) -> None:
        self._source, self._notes = source, notes

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._source, name)
        if type(value) is dict:
            value = Lookups(name, value, self._notes)
        elif type(value) is not Lookups:
            self._notes.fields.add(name)
        self.__dict__[name] = value
        return value

    def but(self, **changes: Any) -> Watched:
        """The journey as a family imagines it: what it did not change is still read here."""
        imagined = Watched(self, self._notes)
        imagined.__dict__.update(changes)
        return imagined


class Glimpsed:
    """A world that notes how its clock and its slots were read; the rest is the same as long as a memory lasts."""

    def __init__(self, world: World, notes: Notes) -> None:
        self._world, self._notes = world, notes
        self.policy, self.current, self.roster, self.calendar = (
            world.policy,
            world.current,
            world.roster,
            world.calendar,
        )

    @property
    def now(self) -> datetime:
        """The clock itself."""
        self._notes.clock = self._world.now
        return self._world.now

    @property
    def today(self) -> date:
        """The day the clock shows."""
        self._notes.day = self._world.today
        return self._world.today

    @property
    def slots(self) -> tuple[Slot, ...] | None:
        """The free slots, a field like those of the journey."""
        self._notes.fields.add(SLOTS)
        return self._world.slots

    def awaits(self, at: datetime) -> bool:
        """Whether the instant is still ahead; one that is past remains so."""
        ahead = self._world.awaits(at)
        if ahead:
            self._notes.awaited.append(at)
        return ahead


def _lend(methods: type, to: type) -> None:
    """What a class computes from its own fields, it computes the same from noted ones."""
    for name, member in vars(methods).items():
        if isinstance(member, (FunctionType, property)) and not hasattr(to, name):
            setattr(to, name, member)


_lend(Journey, Watched)
_lend(World, Glimpsed)


class Memory:
    """What each family owes a journey, for the passes over one life whose clock never goes back."""

    def __init__(self) -> None:
        self._journey: Journey | None = None
        self._world: World | None = None
        self._notes: list[Notes] = []

    def wake(self, journey: Journey, world: World) -> datetime | None:
        """As :func:`domain.step.next_wake`."""
        self._refresh(journey, world)
        return min((at for notes in self._notes for at in notes.ready), default=None)

    def ask(self, journey: Journey, world: World) -> Asked:
        """As :func:`domain.step.ask`."""
        wake_at = self.wake(journey, world)
        notes = zip(FAMILIES, self._notes, strict=True)
        due = [family for family, it in notes if any(at <= world.now for at in it.ready)]
        return (ask(journey, world, due)[0], wake_at) if due else (None, wake_at)

    def _refresh(self, journey: Journey, world: World) -> None:
        changed = self._changed(journey, world)
        if changed is None:
            self._notes = [_noted(family, journey, world) for family in FAMILIES]
        else:
            for number, notes in enumerate(self._notes):
                if not notes.hold(changed, journey, world):
                    self._notes[number] = _noted(FAMILIES[number], journey, world)
        self._journey, self._world = journey, world

    def _changed(self, journey: Journey, world: World) -> set[str] | None:
        """The fields that differ since the last pass, ``None`` when nothing may be remembered."""
        before, seen = self._journey, self._world
        if before is None or seen is None or not _goes_on(seen, world):
            return None
        known = vars(before)
        changed = {name for name, value in vars(journey).items() if known[name] is not value}
        return changed if seen.slots is world.slots else changed | {SLOTS}


def _goes_on(before: World, after: World) -> bool:
    same = before.policy is after.policy and before.current is after.current and before.roster is after.roster
    return same and before.now <= after.now


def _noted(family: Family, journey: Journey, world: World) -> Notes:
    notes = Notes()
    seen, glimpsed = cast(Journey, Watched(journey, notes)), cast(World, Glimpsed(world, notes))
    if family in ALWAYS:
        seen, glimpsed, notes.clock = journey, world, _NEVER
    notes.ready = tuple(duty.ready_at(glimpsed) for duty in duties(seen, glimpsed, (family,)))
    return notes
