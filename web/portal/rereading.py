"""Letters already sent, as a page that only reads shows them again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from web.desk import Desk
from web.portal.visit import Visit


@dataclass(frozen=True)
class Sent:
    """A message as it can be shown again."""

    at: datetime
    channel: str
    title: str = field(repr=False)
    text: str = field(repr=False)


def reread(desk: Desk, visit: Visit, rows: Sequence[Row[Any]]) -> list[Sent]:
    """Without the links of the messages, which act."""
    link = re.compile(re.escape(desk.settings.public_url) + r"/l/[\w-]+")
    return [
        Sent(visit.local(row.sent_at), row.channel, row.title or "", link.sub("[lien personnel]", row.text))
        for row in rows
    ]
