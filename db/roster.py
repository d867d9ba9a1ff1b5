"""The agents of an organisation, as its supervisor sees and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, func, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db import worklist
from db.events import NewEvent, store
from db.tables import agents, events, journeys
from domain.folding import folded
from domain.state import RUNNING, Phase

SOURCE = "parcours/agents"
DEPARTURE = "departure"


@dataclass(frozen=True)
class Profile:
    """An agent as written down; absences are `{"from": day, "to": day}`, both included."""

    name: str = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    trained: bool
    absences: list[dict[str, str]]
    video_link: str | None = field(default=None, repr=False)


async def members(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """All agents of an organisation, by name as French people put them in order."""
    rows = (await connection.execute(select(agents).where(agents.c.organisation == organisation))).all()
    return sorted(rows, key=lambda it: (folded(it.name), it.agent))


async def names(connection: AsyncConnection, organisation: str) -> dict[str, str]:
    """The name of each agent of an organisation, in that order."""
    return {it.agent: it.name for it in await members(connection, organisation)}


async def write(
    connection: AsyncConnection, organisation: str, agent: str, profile: Profile, now: datetime
) -> Row[Any]:
    """Write an agent, and tell the journeys that have to choose a referent again (ENR-3)."""
    was_trained = await _was_trained(connection, organisation, agent)
    row = await _upsert(connection, organisation, agent, profile)
    if was_trained and not profile.trained:
        await release(connection, organisation, agent, DEPARTURE, now, uuid4())
    if profile.trained and not was_trained:
        alone = journeys.c.referent.is_(None) & journeys.c.phase.in_(RUNNING)
        await _tell(connection, organisation, "agents.available", alone, {}, now, uuid4())
    return row


async def release(
    connection: AsyncConnection,
    organisation: str,
    agent: str,
    reason: str,
    now: datetime,
    change: UUID,
    siren: str | None = None,
    to: str | None = None,
) -> int:
    """Have another referent chosen for an agent's journeys, or one of them; return how many are told (ENR-3).

    ``reason`` is ``absence``, ``departure`` or ``reorganisation``: the enterprises are told of it, once under the same
    ``change``. Who departs leaves the tasks of closed journeys too, and is not their referent again when they
    resume (EXT-4). Who is named by ``to`` takes over, the lightest portfolio else.
    """
    phases = RUNNING
    if reason == DEPARTURE:
        phases = (*RUNNING, Phase.CLOSED)
        await worklist.leave(connection, organisation, agent, siren)
    theirs = (journeys.c.referent == agent) & journeys.c.phase.in_(phases)
    concerned = theirs & (journeys.c.siren == siren) if siren else theirs
    data = {"agent": agent, "reason": reason, "to": to}
    return await _tell(connection, organisation, "referent.leaving", concerned, data, now, change)


async def told(connection: AsyncConnection, change: UUID) -> int:
    """How many journeys were told under a change."""
    query = select(func.count()).where(events.c.source == SOURCE, events.c.id.startswith(f"{change}/"))
    return await connection.scalar(query) or 0


async def _was_trained(connection: AsyncConnection, organisation: str, agent: str) -> bool:
    one = (agents.c.organisation == organisation) & (agents.c.agent == agent)
    return bool(await connection.scalar(select(agents.c.trained).where(one).with_for_update()))


async def _upsert(connection: AsyncConnection, organisation: str, agent: str, profile: Profile) -> Row[Any]:
    # Whoever is trained serves; one who is not any more has left, and is forgotten in time.
    left_at = null() if profile.trained else func.coalesce(agents.c.left_at, func.now())
    values = vars(profile)
    new = insert(agents).values(organisation=organisation, agent=agent, **values)
    changes = {**values, "left_at": left_at}
    statement = new.on_conflict_do_update(index_elements=["organisation", "agent"], set_=changes)
    row: Row[Any] = (await connection.execute(statement.returning(agents))).one()
    return row


async def _tell(
    connection: AsyncConnection,
    organisation: str,
    kind: str,
    concerned: ColumnElement[bool],
    data: dict[str, Any],
    now: datetime,
    change: UUID,
) -> int:
    query = select(journeys.c.siren, journeys.c.ahead_seconds)
    rows = await connection.execute(query.where(journeys.c.organisation == organisation, concerned))
    news = [
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
    await store(connection, news)
    return len(news)
