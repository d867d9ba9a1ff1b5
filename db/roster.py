"""The agents of an organisation, as its supervisor sees and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.events import NewEvent, store
from db.tables import agents, journeys
from domain.state import Phase

SOURCE = "parcours/agents"


@dataclass(frozen=True)
class Profile:
    """An agent as written down; absences are `{"from": day, "to": day}`, both included."""

    name: str = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    trained: bool
    absences: list[dict[str, str]]


async def members(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """All agents of an organisation, by name of account."""
    query = select(agents).where(agents.c.organisation == organisation).order_by(agents.c.agent)
    return (await connection.execute(query)).all()


async def write(
    connection: AsyncConnection, organisation: str, agent: str, profile: Profile, now: datetime
) -> Row[Any]:
    """Write an agent, and tell the journeys that have to choose a referent again (ENR-3)."""
    was_trained = await _was_trained(connection, organisation, agent)
    row = await _upsert(connection, organisation, agent, profile)
    if was_trained and not profile.trained:
        data = {"agent": agent, "reason": "departure"}
        await _tell(connection, organisation, "referent.leaving", journeys.c.referent == agent, data, now)
    if profile.trained and not was_trained:
        await _tell(connection, organisation, "agents.available", journeys.c.referent.is_(None), {}, now)
    return row


async def release(
    connection: AsyncConnection, organisation: str, agent: str, reason: str, now: datetime, siren: str | None = None
) -> int:
    """Have another referent chosen for an agent's journeys, or one of them; return how many were told (ENR-3).

    ``reason`` is ``absence`` or ``departure``: the enterprises are told of it.
    """
    theirs = journeys.c.referent == agent
    concerned = theirs & (journeys.c.siren == siren) if siren else theirs
    return await _tell(connection, organisation, "referent.leaving", concerned, {"agent": agent, "reason": reason}, now)


async def _was_trained(connection: AsyncConnection, organisation: str, agent: str) -> bool:
    one = (agents.c.organisation == organisation) & (agents.c.agent == agent)
    return bool(await connection.scalar(select(agents.c.trained).where(one).with_for_update()))


async def _upsert(connection: AsyncConnection, organisation: str, agent: str, profile: Profile) -> Row[Any]:
    values = vars(profile)
    new = insert(agents).values(organisation=organisation, agent=agent, **values)
    statement = new.on_conflict_do_update(index_elements=["organisation", "agent"], set_=values)
    row: Row[Any] = (await connection.execute(statement.returning(agents))).one()
    return row


async def _tell(
    connection: AsyncConnection,
    organisation: str,
    kind: str,
    concerned: ColumnElement[bool],
    data: dict[str, Any],
    now: datetime,
) -> int:
    running = journeys.c.phase.in_([Phase.ACTIVE, Phase.NOTICE])
    query = select(journeys.c.siren, journeys.c.ahead_seconds)
    rows = await connection.execute(query.where(journeys.c.organisation == organisation, running, concerned))
    change = uuid4()
    told = [
        NewEvent(
            source=SOURCE,
            id=f"{change}/{row.siren}",
            type=kind,
            siren=row.siren,
            organisation=organisation,
            time=now + timedelta(seconds=row.ahead_seconds),
            data=data,
        )
        for row in rows
    ]
    return len(await store(connection, told))
