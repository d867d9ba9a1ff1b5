"""A rule stopped by an administrator: what it would send does not leave while the stop lasts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.words import day

LONGEST = timedelta(days=30)
"""How far ahead a stop may end: one that is forgotten ends by itself."""


@dataclass(frozen=True)
class Stop:
    """A rule, why it is stopped, and the instant from which its messages leave again."""

    rule: str
    reason: str
    until: datetime

    def said(self, zone: ZoneInfo) -> str:
        """``règle REM-2 suspendue jusqu'au 15/12/2026 18:30 : <motif>``, in the organisation's time zone."""
        local = self.until.astimezone(zone)
        return f"règle {self.rule} suspendue jusqu'au {day(local.date())} {local:%H:%M} : {self.reason}"


def in_force(stops: Iterable[Stop], rule: str, now: datetime) -> Stop | None:
    """What stops a rule at an instant of the journey's clock; of several stops, the one that ends last."""
    lasting = (it for it in stops if it.rule == rule and now < it.until)
    return max(lasting, key=lambda it: it.until, default=None)
