"""Where the calendars of an enterprise subscribe to its agenda (APT-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from web.desk import Desk
from web.portal.visit import Visit

VALID_FOR = timedelta(days=1100)
"""As long as any journey lasts (EXT-2)."""


@dataclass(frozen=True)
class Subscription:
    """The address to paste, and the same as a device opens it at a touch; it reads, and does nothing."""

    https: str

    @property
    def webcal(self) -> str:
        """The scheme that calendars answer to."""
        return f"webcal://{self.https.partition('://')[2]}"


def subscription(desk: Desk, visit: Visit) -> Subscription:
    """The subscription offered on a page."""
    link = visit.link
    return Subscription(desk.links.url("calendar", link.siren, visit.now + VALID_FOR, holder=link.holder))
