"""The number of employees, as it was stated and as it crossed thresholds (THR)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Crossing:
    """A threshold crossed upward (THR-1)."""

    threshold: int
    headcount: int
    at: datetime
    event_id: str


@dataclass(frozen=True, order=True)
class Headcount:
    """The number of employees stated for a day (THR-2)."""

    on: date
    event_id: str
    count: int
