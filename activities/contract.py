"""What travels between workflows and activities: identifiers, dates, statuses; never personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.requests import Reply, Request

JOURNEY = "Journey"
TAKE_STEP = "take_step"
DELIVER = "deliver"
DELIVER_AT_ONCE = "deliver_at_once"
NUDGE = "nudge"
ASK = "ask"

JOURNEYS_QUEUE = "parcours-journeys"
DELIVERIES_QUEUE = "parcours-deliveries"


LOOP = 2
"""The version of the loop that new runs follow; a run keeps the one it started with (2: deliveries at once)."""


def workflow_id(siren: str) -> str:
    """One enterprise, one workflow."""
    return f"journey-{siren}"


@dataclass(frozen=True)
class JourneyStart:
    """Where a run starts from; ``ahead_seconds`` is how far the journey's clock is ahead of the run's own.

    ``loop``: the version of the loop it follows; runs started before there was a second say nothing.
    """

    siren: str
    step: int = 0
    wake_at: datetime | None = None
    ahead_seconds: float = 0
    loop: int = 1


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
    """What a step came to: the messages to deliver, when to wake (``None``: never again), the answers.

    ``now`` is the journey's clock: ahead of the run's own when a run starts after the clock was skipped forward.
    ``repeated``: an earlier attempt had taken the step; what came since then has not been looked at.
    """

    step: int
    now: datetime
    wake_at: datetime | None
    deliver: tuple[str, ...] = ()
    replies: dict[str, Reply] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True)
class DeliveryOrder:
    """Deliver messages of one step."""

    siren: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Left:
    """Messages that did not leave at once, and how long to wait before the next attempt."""

    messages: tuple[str, ...]
    wait_seconds: float = 0
