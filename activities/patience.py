"""How long a delivery waits: for an answer, for a receipt, before another attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Patience:
    """How long each doubt may last.

    ``leave_within``: a worker that was frozen longer between the row and the call leaves the message to others, who
    ask after ``settle_after``, before which not finding a message proves nothing (it may be listed late); the time a
    provider has to answer fits between the two. ``receipts_within``: a provider that cannot be asked has said what
    became of a letter by then, or never will.
    """

    leave_within: timedelta = timedelta(seconds=30)
    settle_after: timedelta = timedelta(seconds=60)
    receipts_within: timedelta = timedelta(hours=1)
    first_backoff: timedelta = timedelta(seconds=5)
    longest_backoff: timedelta = timedelta(minutes=10)

    def backoff(self, attempts: int) -> timedelta:
        """How long to wait after that many attempts."""
        doubled: int = 2 ** min(attempts, 10)
        return min(self.first_backoff * doubled, self.longest_backoff)


ORDINARY = Patience()


class Later(Exception):
    """Not now: try again after ``delay``."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay}")
        self.delay = delay
