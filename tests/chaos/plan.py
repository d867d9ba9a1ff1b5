"""How large a storm is, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

SENDS_EACH = 20
"""Letters that a year and a half of an enterprise's life is asked for, of the forty it has to give."""

FEW_MORNINGS = 3


@dataclass(frozen=True)
class Plan:
    """What a storm is told.

    ``mornings``: how often the clock of each enterprise moves on to its next wake-up. ``sends``: letters after which
    none moves any more. ``minutes``: likewise, of time. ``every``: seconds from one fault to the next, on average.
    ``deaths``: after so many the weather is fair. ``outage``: seconds without PostgreSQL and Temporal, early on.
    ``hurried``: the workers lose patience in seconds.
    """

    enterprises: int
    seed: int = 1
    mornings: float = FEW_MORNINGS
    sends: float = inf
    minutes: float = inf
    every: float = 3.5
    deaths: int | None = None
    outage: float = 0
    hurried: bool = False


def enterprises_for(sends: int) -> int:
    """How many it takes to write so many letters."""
    return max(1, ceil(sends / SENDS_EACH))
