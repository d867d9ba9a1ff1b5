"""What was promised to an enterprise, and its clock (SVC-1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

ANSWERS = ("request", "refund", "plan_answer")
"""Promises of an answer: it is owed even when it is late."""


@dataclass(frozen=True)
class Commitment:
    """One promise of one case, and what became of it (SVC-1). Elapsed time, nights and Sundays included.

    ``due_at`` moves by what the clock was paused; it is not to be edited otherwise. ``missed_at``: when an agent who
    wanted to answer reached nobody.
    """

    id: str
    kind: str
    rule: str
    subject: str
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    missed_at: tuple[datetime, ...] = ()

    @property
    def is_owed(self) -> bool:
        """Not answered yet, and not waiting for the enterprise."""
        return self.met_at is None and self.paused_at is None

    @cached_property
    def is_running(self) -> bool:
        """Neither kept nor broken yet, and not waiting for the enterprise."""
        return self.met_at is None and self.paused_at is None and self.breached_at is None

    @property
    def is_overdue(self) -> bool:
        """Broken, and an answer that is still owed to the enterprise."""
        return self.is_owed and self.breached_at is not None and self.kind in ANSWERS

    def paused(self, at: datetime) -> Commitment:
        """The clock stops: the enterprise is the one to answer (PLN-3)."""
        return self if self.paused_at or self.met_at else replace(self, paused_at=at)

    def resumed(self, at: datetime) -> Commitment:
        """The clock goes on, later by what it was stopped."""
        if self.paused_at is None:
            return self
        stopped = at.astimezone(UTC) - self.paused_at.astimezone(UTC)
        return replace(self, paused_at=None, due_at=self.due_at.astimezone(UTC) + stopped)

    def met(self, at: datetime) -> Commitment:
        """Answered; a breach already recorded stays recorded."""
        return self if self.met_at else replace(self, met_at=at)


def hours(count: int) -> timedelta:
    """Elapsed hours, as promised to the enterprise."""
    return timedelta(hours=count)
