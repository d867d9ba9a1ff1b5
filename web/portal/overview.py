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
    """Who holds the appointments booked; the organisation for an agent who is not known."""
    organisation = visit.journey.organisation
    theirs = {it.slot.agent for it in seen.appointments if it.slot}
    found = {agent: await agents.read(connection, organisation, agent) for agent in theirs}
    unknown = Host(visit.world.current.name, None)
    return {agent: Host(row.name, row.video_link) if row else unknown for agent, row in found.items()}
