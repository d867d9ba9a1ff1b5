"""What will happen if nothing new arrives: the same step, run forward in memory (WHY-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.effects import CloseTask, Effect, ReopenTask
from domain.rulebook import Rulebook
from domain.state import Journey
from domain.step import next_wake, step


@dataclass(frozen=True)
class Upcoming:
    """One step ahead."""

    at: datetime
    effect: Effect


def forecast(journey: Journey, now: datetime, rulebook: Rulebook) -> tuple[Upcoming, ...]:
    """Every step, date and rule to the end of the journey, in order; tasks are taken to be done by their agents."""
    ahead = list[Upcoming]()
    wake_at = next_wake(journey, rulebook.world(journey, now))
    while wake_at is not None:
        decision = step(journey, (), wake_at, rulebook)
        ahead += [Upcoming(wake_at, it) for it in decision.effects if not isinstance(it, CloseTask | ReopenTask)]
        journey, wake_at = decision.journey, decision.wake_at
    return tuple(ahead)
