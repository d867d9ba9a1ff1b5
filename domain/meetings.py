"""Collective meetings and trainings: how the registration of an enterprise stands (APT-5). No personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PARTNERS = "partners"
KINDS = {"information": "réunion d'information", "training": "formation", PARTNERS: "réunion des partenaires"}
"""Kinds of meetings, in French."""


class Change(StrEnum):
    """What last happened to a registration."""

    REGISTERED = "registered"
    MOVED = "moved"
    LEFT = "left"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Registration:
    """A place in a meeting, as it stands since ``at``; ``sequence`` numbers its changes and its iCalendar versions."""

    meeting: str
    kind: str
    title: str
    place: str
    starts_at: datetime
    minutes: int
    change: Change
    sequence: int
    at: datetime

    @property
    def stands(self) -> bool:
        """The enterprise is expected."""
        return self.change in (Change.REGISTERED, Change.MOVED)
