"""One step of a journey: pure, the same in a workflow, in the forecast and in the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from domain.accounts import naming_accounts
from domain.cases import Slot
from domain.duty import Duty, Family, World
from domain.effects import Effect, Record
from domain.messages import Recipient
from domain.owed import Asked, Wake
from domain.requests import Reply, Request
from domain.rulebook import NOBODY, Roster, Rulebook
from domain.rules import ANSWERS, FAMILIES
from domain.rules.policy import looked_at
from domain.rules.reaching import in_writing
from domain.state import Journey
from domain.tasks import done_by_deed, opened, tidied

REMEMBERED_REPLIES = 20
REFUSED = 400
ASKED_BY_ACCOUNTANT = Record(rule="COM-7", summary="Demandé par l'expert-comptable de l'entreprise", label="request")


@dataclass(frozen=True)
class Decision:
    """What one step decided: the new state, its effects in order, when to wake next and by which rules, the answers."""

    journey: Journey
    effects: tuple[Effect, ...]
    wake_at: datetime | None
    replies: dict[str, Reply] = field(default_factory=dict)
    wake_for: tuple[str, ...] = ()


def duties(journey: Journey, world: World, families: Iterable[Family] = FAMILIES) -> Iterator[Duty]:
    """All that families owe and is not yet done, as far ahead as the rules look."""
    for family in families:
        for duty in family.duties(journey, world):
            if duty.key not in journey.done:
                yield duty


def next_wake(journey: Journey, world: World) -> datetime | None:
    """The next instant at which something is owed; ``None`` when nothing is ever owed again."""
    return min((duty.ready_at(world) for duty in duties(journey, world)), default=None)


def step(
    journey: Journey,
    requests: Sequence[Request],
    now: datetime,
    rulebook: Rulebook,
    roster: Roster = NOBODY,
    slots: tuple[Slot, ...] | None = None,
) -> Decision:
    """Carry out what is due at ``now``, answer the requests, and say when to wake."""
    look = partial(rulebook.world, now=now, roster=roster, slots=slots)
    journey, effects, wake = _carry_out(journey, look)
    replies: dict[str, Reply] = {}
    deeds: dict[str, str] = {}
    for request in requests:
        before = journey
        journey, more, replies[request.id] = _answer(journey, request, look(journey))
        deeds |= done_by_deed(before, journey, request)
        effects += more
    if requests:
        journey, more, wake = _carry_out(journey, look)
        effects += more
    journey, ended = tidied(journey, deeds)
    effects += ended
    journey = looked_at(journey.but(last_step_at=now), rulebook, now)
    return Decision(journey, effects, wake.at, replies, wake.rules)


def _carry_out(journey: Journey, look: Callable[[Journey], World]) -> tuple[Journey, tuple[Effect, ...], Wake]:
    """Carry out one duty after the other until none is due; with the instant of the next."""
    effects: tuple[Effect, ...] = ()
    asked = Asked(FAMILIES)
    while True:
        world = look(journey)
        first, wake = asked.next(journey, world)
        if first is None:
            return journey, effects, wake
        journey, carried_out = first.carry_out(journey, world)
        carried_out = naming_accounts(journey, in_writing(journey, carried_out))
        effects += carried_out
        journey = opened(journey.but(done={**journey.done, first.key: world.now}), carried_out)


def _answer(journey: Journey, request: Request, world: World) -> tuple[Journey, tuple[Effect, ...], Reply]:
    if request.id in journey.answered:
        return journey, (), Reply(**journey.answered[request.id])
    journey, effects, reply = ANSWERS[request.ask](journey, request, world)
    effects = naming_accounts(journey, in_writing(journey, effects))
    journey = opened(journey, effects)
    if reply.status < REFUSED and request.data.get("by") == Recipient.ACCOUNTANT:
        effects = (ASKED_BY_ACCOUNTANT, *effects)
    remembered = {**journey.answered, request.id: vars(reply)}
    kept = dict(list(remembered.items())[-REMEMBERED_REPLIES:])
    return journey.but(answered=kept), effects, reply
