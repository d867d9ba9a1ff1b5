"""What a journey owes at one instant, asked again only of the cases that a duty carried out may have changed.

A file may hold hundreds of cases that ask for something at once, and what is done for one changes little for the
others. A family that is no :class:`OfEachCase` is asked again after each duty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple

from domain.duty import Duty, Family, OfEachCase, World
from domain.state import Journey

BEFORE_ALL = ("ENR-3:", "ENR-4")
CASES = ("incidents", "refunds")
ABOUT_CASES = ("commitments", "appointments")
"""Fields whose entries name in their ``subject`` the case they are about."""

RULE = re.compile(r"[A-Z]{3}-\d+")
"""The id of a rule, with which the keys of most duties begin."""

OF_EVERY_DUTY = ("done", "tasks")
"""Fields that any duty changes: a case reads of ``done`` the keys that hold its id or its kin's, and no ``tasks``."""

Turn = tuple[bool, datetime, int, int, int]
Place = tuple[int, str]


class Owed(NamedTuple):
    """A duty not done yet, its turn (no two have the same), and when it can be carried out."""

    turn: Turn
    ready_at: datetime
    duty: Duty


class Wake(NamedTuple):
    """When the next duty can be carried out, ``None`` when nothing is ever owed again; ids of the rules that owe it."""

    at: datetime | None = None
    rules: tuple[str, ...] = ()


class Asked:
    """The duties of one journey at one instant, from one that is carried out to the next."""

    def __init__(self, families: Iterable[Family]) -> None:
        numbered = [(number, family.duties) for number, family in enumerate(families)]
        self._rooms = [(number, it) for number, it in numbered if isinstance(it, OfEachCase)]
        self._others = [(number, it) for number, it in numbered if not isinstance(it, OfEachCase)]
        self._before: Journey | None = None
        self._last: Owed | None = None
        self._positions: dict[str, dict[str, int]] = {}
        self._known: dict[Place, tuple[Owed, ...]] = {}
        self._due: list[tuple[Turn, Place]] = []

    def next(self, journey: Journey, world: World) -> tuple[Duty | None, Wake]:
        """The duty to carry out now; else when the next one can be."""
        self._look_at(journey, world)
        others = [it for number, ask in self._others for it in _owed(ask(journey, world), journey, world, (number, 0))]
        due = (it for it in others if it.ready_at <= world.now)
        self._last = min((*due, *self._first_of_cases(journey)), default=None)
        if self._last:
            return self._last.duty, Wake()
        of_cases = (it for known in self._known.values() for it in known if it.duty.key not in journey.done)
        return None, _wake([*others, *of_cases])

    def _look_at(self, journey: Journey, world: World) -> None:
        before, self._before = self._before, journey
        touched = _touched(before, journey, self._last.duty) if before and self._last else None
        if touched is None or before is None:
            self._ask_all(journey, world)
            return
        for number, room in self._rooms:
            own = self._last is not None and self._last.turn[2] == number
            for id_ in _asked_again(room, before, journey, touched, own=own):
                self._ask((number, id_), room, journey, world)

    def _ask_all(self, journey: Journey, world: World) -> None:
        self._known, self._due = {}, []
        for field in CASES:
            self._positions[field] = {id_: position for position, id_ in enumerate(getattr(journey, field))}
        for number, room in self._rooms:
            for id_ in room.cases(journey):
                self._ask((number, id_), room, journey, world)

    def _ask(self, place: Place, room: OfEachCase, journey: Journey, world: World) -> None:
        number, id_ = place
        said = room.of(room.cases(journey)[id_], journey, world)
        self._known[place] = tuple(_owed(said, journey, world, (number, self._positions[room.field][id_])))
        for it in self._known[place]:
            if it.ready_at <= world.now:
                heappush(self._due, (it.turn, place))

    def _first_of_cases(self, journey: Journey) -> Iterator[Owed]:
        """The first due of what cases owe now; what they owed before they were asked again is passed over."""
        while self._due:
            turn, place = self._due[0]
            standing = next((it for it in self._known[place] if it.turn == turn), None)
            if standing and standing.duty.key not in journey.done:
                yield standing
                return
            heappop(self._due)


def _owed(said: Iterable[Duty], journey: Journey, world: World, place: tuple[int, int]) -> Iterator[Owed]:
    for number, duty in enumerate(said):
        if duty.key not in journey.done:
            yield Owed((*_turn(duty), *place, number), duty.ready_at(world), duty)


def _wake(owed: Sequence[Owed]) -> Wake:
    at = min((it.ready_at for it in owed), default=None)
    named = {RULE.match(it.duty.key) for it in owed if it.ready_at == at}
    return Wake(at, tuple(sorted({rule[0] for rule in named if rule})))


def _turn(duty: Duty) -> tuple[bool, datetime]:
    """Nothing is told before who follows the enterprise and the welcome (ENR-4), whatever is owed since longer."""
    return not duty.key.startswith(BEFORE_ALL), duty.at


def _touched(before: Journey, after: Journey, duty: Duty) -> set[str] | None:
    """The cases that a duty may have changed something for, ``None`` when it may have for any."""
    changed = [name for name, value in vars(after).items() if vars(before).get(name) is not value]
    if not {*changed} <= {*CASES, *ABOUT_CASES, *OF_EVERY_DUTY}:
        return None
    touched = {*duty.key.split(":")}
    for name in changed:
        if name in OF_EVERY_DUTY:
            continue
        old, new = getattr(before, name), getattr(after, name)
        if name in CASES and old.keys() != new.keys():
            return None
        other = [id_ for id_, it in new.items() if old.get(id_) is not it]
        if name == "appointments" and any(new[id_].kind == "priority" for id_ in other):
            return None  # it speaks of every difficulty that repeated, whichever is its subject
        touched.update(other if name in CASES else _subjects(other, old, new))
    return touched


def _subjects(ids: Iterable[str], *entries: Mapping[str, Any]) -> Iterator[str]:
    """The parts of the subjects of some entries, as they were and as they are."""
    for known in entries:
        for id_ in ids:
            if id_ in known:
                yield from (known[id_].subject or "").split(":")


def _asked_again(
    room: OfEachCase, before: Journey, after: Journey, touched: Iterable[str], *, own: bool
) -> Iterable[str]:
    """The cases of a room that may owe something else; ``own``: the duty carried out was one of this room."""
    old, new = room.cases(before), room.cases(after)
    ids = [it for it in touched if it in new]
    if any(room.shared(old[it]) != room.shared(new[it]) for it in ids):
        return new
    if not own or room.kin is None:
        return ids
    kin = {room.kin(new[it]) for it in ids}
    return [id_ for id_, it in new.items() if room.kin(it) in kin]
