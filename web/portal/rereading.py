"""Letters already sent, as a page that only reads shows them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from notifications.links import masked
from web.portal.visit import Visit

PERSONAL = "[lien personnel]"


@dataclass(frozen=True)
class Sent:
    """A message as it can be shown again."""

    at: datetime
    channel: str
    title: str = field(repr=False)
    text: str = field(repr=False)


def reread(visit: Visit, rows: Sequence[Row[Any]]) -> list[Sent]:
    """Without the links of the messages, which act."""
    return [
        Sent(visit.local(row.sent_at), row.channel, masked(row.title or "", PERSONAL), masked(row.text, PERSONAL))
        for row in rows
    ]
