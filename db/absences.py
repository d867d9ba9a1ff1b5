"""Referents who are away: the journeys they leave for long, and those that found nobody (ENR-3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.events import NewEvent, store

SOURCE = "parcours/absences"

LEFT = """
SELECT journey.siren, agent.agent, away."from" AS since,
       CAST(:now AS timestamptz) + make_interval(secs => journey.ahead_seconds) AS told_at
FROM journeys AS journey
JOIN agents AS agent ON agent.organisation = journey.organisation AND agent.agent = journey.referent,
     jsonb_to_recordset(agent.absences) AS away("from" date, "to" date)
WHERE journey.organisation = :organisation AND journey.phase IN ('active', 'notice')
  AND away."to" - away."from" >= CAST(:days AS integer)
  AND ((CAST(:now AS timestamptz) + make_interval(secs => journey.ahead_seconds)) AT TIME ZONE :zone)::date
      BETWEEN away."from" AND away."to"
"""

UNFOLLOWED = """
SELECT journey.siren, CAST(:now AS timestamptz) + make_interval(secs => journey.ahead_seconds) AS told_at
FROM journeys AS journey
WHERE journey.organisation = :organisation AND journey.phase IN ('active', 'notice') AND journey.referent IS NULL
  AND EXISTS (
      SELECT FROM agents AS agent
      WHERE agent.organisation = journey.organisation AND agent.trained AND NOT EXISTS (
          SELECT FROM jsonb_to_recordset(agent.absences) AS away("from" date, "to" date)
          WHERE ((CAST(:now AS timestamptz) + make_interval(secs => journey.ahead_seconds)) AT TIME ZONE :zone)::date
                BETWEEN away."from" AND away."to"))
"""


async def tell_left(connection: AsyncConnection, organisation: str, zone: str, days: int, now: datetime) -> int:
    """Tell journeys that their referent is now away for more than ``days``, once for each absence; return how many."""
    place = {"organisation": organisation, "zone": zone, "days": days, "now": now}
    rows = (await connection.execute(text(LEFT), place)).all()
    told = [
        NewEvent(
            source=SOURCE,
            id=f"{row.agent}/{row.since}/{row.siren}",
            type="referent.leaving",
            siren=row.siren,
            organisation=organisation,
            time=row.told_at,
            data={"agent": row.agent, "reason": "absence"},
        )
        for row in rows
    ]
    return len(await store(connection, told))


async def tell_unfollowed(connection: AsyncConnection, organisation: str, zone: str, now: datetime) -> int:
    """Tell journeys without referent that a trained agent is there, once a day at most; return how many."""
    rows = (await connection.execute(text(UNFOLLOWED), {"organisation": organisation, "zone": zone, "now": now})).all()
    told = [
        NewEvent(
            source=SOURCE,
            id=f"{row.told_at:%Y-%m-%d}/{row.siren}",
            type="agents.available",
            siren=row.siren,
            organisation=organisation,
            time=row.told_at,
            data={},
        )
        for row in rows
    ]
    return len(await store(connection, told))
