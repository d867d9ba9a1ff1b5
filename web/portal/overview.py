"""What the pages of a link say of the enterprise: drawn from its rules, and from what really left (SPC-4)."""

from __future__ import annotations

from config.computing import computed
from db import portal
from domain.space.overview import Overview, overview
from domain.space.reminders import LetterRow
from domain.state import Channel
from web.desk import Desk
from web.portal.visit import Visit


async def overview_of(desk: Desk, visit: Visit) -> Overview:
    """What stands and what is ahead, at the instant of the visit."""
    async with desk.engine.connect() as connection:
        rows = await portal.reminders(connection, visit.link.siren)
    letters = [LetterRow(it.subject, Channel(it.channel), it.status, it.reason, it.sent_at) for it in rows]
    return await computed(overview, visit.journey, visit.standing, visit.now, visit.rulebook, letters)
