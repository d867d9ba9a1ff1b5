"""Many journeys lived in memory by the very rules that carry out real ones: what is sent, asked, closed, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from domain.absorption import absorb
from domain.destiny import destiny
from domain.duty import AgentLoad
from domain.effects import Effect, OpenTask, SendAgain, SendMessage
from domain.facts import Fact
from domain.messages import Recipient, intentions
from domain.population import Enterprise, Input, Scenario, invent
from domain.reactions import AGENT_NAME, free_slot, reactions
from domain.rulebook import Rulebook
from domain.rules.enrolment import candidate
from domain.state import Journey, Phase
from domain.step import Decision, next_wake, step

AGENT = (AgentLoad(AGENT_NAME, 0),)
"""Every organisation has somebody to be the referent."""


class Cell(NamedTuple):
    """What is counted: in which month (``2027-03``) and organisation, and what of which family."""

    month: str
    organisation: str
    family: str
    name: str


Tally = Counter[Cell]


@dataclass(frozen=True)
class Moment:
    """One fact or one step: the journey before and after it, and what was decided."""

    at: datetime
    before: Journey
    after: Journey
    effects: tuple[Effect, ...]


def live(enterprise: Enterprise, rulebook: Rulebook, end: datetime) -> Iterator[Moment]:
    """The life of one enterprise up to ``end``, awake when its workflow would be."""
    agenda = destiny(enterprise, end)
    heapify(agenda)
    journey, now = candidate(enterprise.opening), enterprise.opening.received_at
    wake_at: datetime | None = now
    while wake_at is not None or journey.phase is not Phase.CLOSED:
        arrives = agenda[0].at if agenda else end
        now = max(now, min(arrives, wake_at or end))
        if now >= end:
            return
        due = heappop(agenda) if arrives <= now else None
        before, decision = journey, _decide(enterprise, journey, due, now, rulebook)
        journey, wake_at = decision.journey, decision.wake_at
        yield Moment(now, before, journey, decision.effects)
        for reaction in reactions(enterprise, before, journey, now):
            heappush(agenda, reaction)


def _decide(enterprise: Enterprise, journey: Journey, due: Input | None, now: datetime, rulebook: Rulebook) -> Decision:
    roster = dict.fromkeys(rulebook.current, AGENT)
    what = due.what if due else None
    if isinstance(what, Fact):
        known, lines = absorb(what, journey)
        return Decision(known, lines, next_wake(known, rulebook.world(known, now, roster)))
    requests = (what,) if what else ()
    return step(journey, requests, now, rulebook, roster, (free_slot(enterprise.calendar, now),))


def simulate(scenario: Scenario, rulebook: Rulebook, ranks: Iterable[int]) -> Tally:
    """Live the enterprises of some ranks and count what came of them."""
    tally: Tally = Counter()
    for rank in ranks:
        for moment in live(invent(scenario, rank), rulebook, scenario.end):
            for family, name in _counted(moment):
                month = f"{scenario.calendar.day_of(moment.at):%Y-%m}"
                tally[Cell(month, moment.after.organisation, family, name)] += 1
    return tally


def _counted(moment: Moment) -> Iterator[tuple[str, str]]:
    """Family and name of each thing worth counting."""
    for effect in moment.effects:
        yield from _decided(effect, moment.after)
    yield from _phases(moment.before, moment.after)
    for plan in moment.after.plans.values() if moment.after.plans is not moment.before.plans else ():
        if plan.decided_by == AGENT_NAME and moment.before.plans[plan.id].decided_at is None:
            yield "decision", "plan"
    if moment.after.appointments is not moment.before.appointments:
        yield from _appointments(moment.before, moment.after)


def _decided(effect: Effect, journey: Journey) -> Iterator[tuple[str, str]]:
    match effect:
        case SendMessage():
            for intention in intentions(effect, journey):
                copy = " copy" if intention.recipient is Recipient.ACCOUNTANT else ""
                yield "dropped" if intention.dropped else "message", f"{effect.rule} {intention.channel}{copy}"
        case SendAgain():
            yield "message", f"{effect.rule} {effect.channel}"
        case OpenTask():
            yield "task", effect.task


def _phases(before: Journey, after: Journey) -> Iterator[tuple[str, str]]:
    if before.phase is Phase.CANDIDATE and after.is_open:
        yield "journey", "started"
    if before.extensions < after.extensions:
        yield "journey", "extended"
    if before.is_open and after.phase is Phase.CLOSED:
        yield "closing", str(after.close_reason)


def _appointments(before: Journey, after: Journey) -> Iterator[tuple[str, str]]:
    for id_, appointment in after.appointments.items():
        known = before.appointments.get(id_)
        if known is None:
            yield "offer", appointment.kind
        elif known.is_offered and appointment.is_booked:
            yield "appointment", appointment.kind
