"""What travels between workflows and activities: identifiers, dates, statuses; never personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.requests import Reply, Request

JOURNEY = "Journey"
TAKE_STEP = "take_step"
DELIVER = "deliver"
NUDGE = "nudge"
ASK = "ask"
STATE = "state"

JOURNEYS_QUEUE = "parcours-journeys"
DELIVERIES_QUEUE = "parcours-deliveries"


def workflow_id(siren: str) -> str:
    """One enterprise, one workflow."""
    return f"journey-{siren}"


@dataclass(frozen=True)
class JourneyStart:
    """Where a run starts from; ``ahead_seconds`` is how far the journey's clock is ahead of the run's own."""

    siren: str
    step: int = 0
    wake_at: datetime | None = None
    ahead_seconds: float = 0
    wake_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepOrder:
    """Take one step. ``chain`` and ``step`` make a repetition harmless: a step is taken once."""

    siren: str
    chain: str
    step: int
    now: datetime
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True)
class StepResult:
    """What a step came to: the messages still to deliver, when to wake (``None``: never again) and why, the answers.

    ``now`` is the journey's clock: ahead of the run's own when a run starts after the clock was skipped forward.
    ``repeated``: an earlier attempt had taken the step; what came since then has not been looked at.
    """

    step: int
    now: datetime
    wake_at: datetime | None
    deliver: tuple[str, ...] = ()
    replies: dict[str, Reply] = field(default_factory=dict)
    repeated: bool = False
    deliver_in_seconds: float = 0
    wake_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeliveryOrder:
    """Deliver messages of one step."""

    siren: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class JourneyLoop:
    """Where the loop of a journey stands: what Temporal's screens and its query ``state`` show.

    ``wake_for``: ids of the rules that something is owed by at ``wake_at``. ``deliveries`` are under way or wait for
    their turn, ``requests`` have no answer yet.
    """

    step: int
    wake_at: datetime | None
    wake_for: tuple[str, ...]
    deliveries: int
    requests: int

    def __str__(self) -> str:
        """The same in words."""
        sleeping = f"sleeps until {self.wake_at:%Y-%m-%d %H:%M %Z}" if self.wake_at else "nothing is owed any more"
        rules = f" for {', '.join(self.wake_for)}" if self.wake_for else ""
        return f"step {self.step}: {sleeping}{rules}; {self.deliveries} deliveries under way, {self.requests} requests"
