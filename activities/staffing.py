"""An agent written down, and told to the journeys it concerns: the same from the interface and from the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from db.absences import tell_left
from db.bookings import attend
from db.roster import Profile, write
from domain.policy import Policy


async def write_agent(
    connection: AsyncConnection, policy: Policy, agent: str, profile: Profile, now: datetime
) -> Row[Any]:
    """Write an agent whole; who left, or is away for long, leaves the portfolio to others (ENR-3).

    Journeys whose booked appointment falls on a day away are told, as are those whose agent is back (APT-2).
    """
    organisation = policy.organisation
    row = await write(connection, organisation, agent, profile, now)
    await tell_left(connection, organisation, policy.zone, policy.referent_absence_days, now)
    await attend(connection, organisation, agent, policy.zone, now)
    return row
