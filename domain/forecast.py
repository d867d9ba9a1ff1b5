"""What will happen if nothing new arrives: the same step, run forward in memory (WHY-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.effects import CloseTask, Effect, ReopenTask, SendMessage
from domain.messages import Recipient, intentions
from domain.rulebook import Rulebook
from domain.state import Channel, Journey
from domain.step import next_wake, step


@dataclass(frozen=True)
class Upcoming:
    """One step ahead; a letter to the enterprise leaves by ``channels``, or by none for the reason ``withheld``."""

    at: datetime
    effect: Effect
    channels: tuple[Channel, ...] = ()
    withheld: str | None = None

    @property
    def summary(self) -> str:
        """What will happen, in one French line; of a letter that will not leave, why."""
        said = self.effect.summary
        return f"{said} (ne part pas à l'entreprise : {self.withheld})" if self.withheld else said


def forecast(journey: Journey, now: datetime, rulebook: Rulebook) -> tuple[Upcoming, ...]:
    """Every step, date and rule to the end of the journey, in order; tasks are taken to be done by their agents."""
    ahead = list[Upcoming]()
    wake_at = next_wake(journey, rulebook.world(journey, now))
    while wake_at is not None:
        decision = step(journey, (), wake_at, rulebook)
        journey = decision.journey
        ahead += [
            _upcoming(wake_at, it, journey) for it in decision.effects if not isinstance(it, CloseTask | ReopenTask)
        ]
        wake_at = decision.wake_at
    return tuple(ahead)


def _upcoming(at: datetime, effect: Effect, journey: Journey) -> Upcoming:
    if not isinstance(effect, SendMessage):
        return Upcoming(at, effect)
    rows = [it for it in intentions(effect, journey) if it.recipient is Recipient.ENTERPRISE]
    channels = tuple(it.channel for it in rows if it.dropped is None)
    return Upcoming(at, effect, channels, rows[0].dropped if rows and not channels else None)
