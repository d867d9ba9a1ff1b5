"""What the pages of a link say of the enterprise: drawn from its rules, and from what really left (SPC-4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from config.computing import computed
from db import agents, portal
from domain.space.overview import Overview, overview
from domain.space.reminders import LetterRow
from domain.state import Channel
from web.desk import Desk
from web.portal.visit import Visit


@dataclass(frozen=True)
class Host:
    """Who holds an appointment, and where one is met by video (APT-6)."""

    name: str
    video: str | None


async def overview_of(desk: Desk, visit: Visit) -> Overview:
    """What stands and what is ahead, at the instant of the visit."""
    async with desk.engine.connect() as connection:
        rows = await portal.reminders(connection, visit.link.siren)
    letters = [LetterRow(it.subject, Channel(it.channel), it.status, it.reason, it.sent_at) for it in rows]
    return await computed(overview, visit.journey, visit.standing, visit.now, visit.rulebook, letters)


async def hosts_of(connection: AsyncConnection, visit: Visit, seen: Overview) -> dict[str, Host]:
    """Who holds the appointments booked, by agent."""
    theirs = {it.slot.agent for it in seen.appointments if it.slot}
    return {agent: await host_of(connection, visit, agent) for agent in theirs}


async def host_of(connection: AsyncConnection, visit: Visit, agent: str) -> Host:
    """Who holds an appointment with an agent; the organisation for one who is not known."""
    row = await agents.read(connection, visit.journey.organisation, agent)
    return Host(row.name, row.video_link) if row else Host(visit.world.current.name, None)
