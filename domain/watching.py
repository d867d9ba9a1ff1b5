"""What families owe, remembered from one pass to the next of the same journey: only those that may differ are asked.

Exact because nothing is declared: a family of rules is a function of what it reads, and all it can read is a
:class:`Watched` journey and a :class:`Glimpsed` world that note each field, each key looked up in a mapping, each
instant compared with the clock. While all of these answer as they did, it would owe the same again. What is due is
never taken from memory: its family is asked once more, with the journey and the world themselves.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from types import FunctionType
from typing import Any, cast

from domain.cases import Slot
from domain.duty import Duty, Family, World
from domain.rules import FAMILIES, reminders
from domain.state import Journey
from domain.step import Asked, duties

SLOTS = "slots"

REMINDERS = FAMILIES.index(reminders)
WATCHED = (*FAMILIES[:REMINDERS], *FAMILIES[REMINDERS + 1 :])
"""Families watched as a whole; the one that changes most often is watched by its rooms, found again at each pass."""

_ABSENT = object()

BITS = {name: 1 << number for number, name in enumerate((*Journey.__dataclass_fields__, SLOTS))}
"""Sets of fields are whole numbers: a pass compares twenty-five of them."""

ALL = sum(BITS.values())


def bits(names: Iterable[str]) -> int:
    """A set of fields."""
    return sum(BITS[name] for name in names)


@dataclass(slots=True)
class Notes:
    """What a family read: fields as a set of bits, keys of mappings with their values, the clock, instants ahead of it.

    ``ready`` is when each of its duties can be carried out; ``owed`` are those asked for without taking notes.
    """

    fields: int = 0
    keys: dict[str, dict[Any, Any]] = field(default_factory=dict)
    clock: datetime | None = None
    day: date | None = None
    awaited: list[datetime] = field(default_factory=list)
    ready: tuple[datetime, ...] = ()
    owed: tuple[Duty, ...] = ()
    read: int = 0
    timed: bool = False

    def close(self, ready: Iterable[datetime]) -> Notes:
        """The notes once the family has answered."""
        self.ready = tuple(ready)
        self.read = self.fields | bits(self.keys) if self.keys else self.fields
        self.timed = bool(self.clock or self.day or self.awaited)
        return self

    def is_ready(self, now: datetime) -> bool:
        """Whether one of its duties can be carried out."""
        return bool(self.ready) and any(at <= now for at in self.ready)

    def hold(self, changed: int, journey: Journey, world: World) -> bool:
        """Whether all of it still answers the same; ``changed`` are the fields that differ since the last pass."""
        if self.timed and not self._hold_at(world):
            return False
        return not self.read & changed or self._hold_in(changed, journey)

    def _hold_at(self, world: World) -> bool:
        if self.clock is not None and self.clock is not world.now:
            return False
        if self.day is not None and self.day != world.today:
            return False
        now = world.now
        return not [at for at in self.awaited if at <= now]

    def _hold_in(self, changed: int, journey: Journey) -> bool:
        if self.fields & changed:
            return False
        for name, keys in self.keys.items():
            if BITS[name] & changed:
                mapping = getattr(journey, name)
                if [key for key, known in keys.items() if mapping.get(key, _ABSENT) is not known]:
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
        self._notes.fields |= BITS[self._name]
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
            self._notes.fields |= BITS[name]
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
        self.policy, self.current, self.roster = world.policy, world.current, world.roster

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
        self._notes.fields |= BITS[SLOTS]
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
    """What each room of rules owes a journey, for the passes over one life whose clock never goes back."""

    def __init__(self) -> None:
        self._journey: Journey | None = None
        self._world: World | None = None
        self._families: list[Notes] = []
        self._dues: dict[Family, Notes] = {}

    def wake(self, journey: Journey, world: World) -> datetime | None:
        """As :func:`domain.step.next_wake`."""
        self._refresh(journey, world)
        return min([at for notes in (*self._families, *self._dues.values()) for at in notes.ready], default=None)

    def ask(self, journey: Journey, world: World) -> Asked:
        """As :func:`domain.step.ask`."""
        wake_at = self.wake(journey, world)
        if wake_at is None or world.awaits(wake_at):
            return None, wake_at
        ready = [it for it in self._in_order() if it[1].is_ready(world.now)]
        owed = (duty for room, notes in ready for duty in _due(room, notes, journey, world))
        return min(owed, key=lambda duty: duty.at, default=None), wake_at

    def _in_order(self) -> Iterator[tuple[Family, Notes]]:
        watched = list(zip(WATCHED, self._families, strict=True))
        return chain(watched[:REMINDERS], self._dues.items(), watched[REMINDERS:])

    def _refresh(self, journey: Journey, world: World) -> None:
        if self._journey is None or self._world is None or not _goes_on(self._world, world):
            self._families, self._dues, changed = [_plain(room, journey, world) for room in WATCHED], {}, 0
        else:
            changed = _changed(self._journey, journey) | (0 if self._world.slots is world.slots else BITS[SLOTS])
            for number, notes in enumerate(self._families):
                if (notes.timed or notes.read & changed) and not notes.hold(changed, journey, world):
                    self._families[number] = _again(WATCHED[number], notes, journey, world)
        rooms, known = reminders.rooms(journey, world), self._dues
        self._dues = {room: _kept(room, known.get(room), changed, journey, world) for room in rooms}
        self._journey, self._world = journey, world


def _kept(room: Family, notes: Notes | None, changed: int, journey: Journey, world: World) -> Notes:
    if notes is None:
        return _noted(room, journey, world)
    return notes if notes.hold(changed, journey, world) else _again(room, notes, journey, world)


def _again(room: Family, notes: Notes, journey: Journey, world: World) -> Notes:
    """What was to be ready by now is most likely carried out next: nothing is worth noting."""
    return _plain(room, journey, world) if notes.is_ready(world.now) else _noted(room, journey, world)


def _due(room: Family, notes: Notes, journey: Journey, world: World) -> list[Duty]:
    """The duties to carry out, never those of a journey that was only watched."""
    owed = notes.owed or _plain(room, journey, world).owed
    return [duty for duty, at in zip(owed, notes.ready, strict=True) if at <= world.now]


def _plain(room: Family, journey: Journey, world: World) -> Notes:
    owed = tuple(duties(journey, world, (room,)))
    return Notes(fields=ALL, clock=world.now, owed=owed).close(duty.ready_at(world) for duty in owed)


def _goes_on(before: World, after: World) -> bool:
    same = before.policy is after.policy and before.current is after.current and before.roster is after.roster
    return same and before.now <= after.now


def _changed(before: Journey, after: Journey) -> int:
    known, changed = vars(before), 0
    for name, value in vars(after).items():
        if known[name] is not value:
            changed |= BITS[name]
    return changed


def _noted(room: Family, journey: Journey, world: World) -> Notes:
    notes = Notes()
    seen, glimpsed = cast(Journey, Watched(journey, notes)), cast(World, Glimpsed(world, notes))
    return notes.close([duty.ready_at(glimpsed) for duty in duties(seen, glimpsed, (room,))])
