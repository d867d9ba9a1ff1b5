"""The agents of an organisation, as its supervisor sees and writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, func, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db import worklist
from db.events import NewEvent, store
from db.tables import agents, journeys
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
        await _tell(connection, organisation, "agents.available", alone, _nothing, now, uuid4(), SOURCE)
    return row


async def release(
    connection: AsyncConnection, organisation: str, agent: str, reason: str, now: datetime, change: UUID
) -> int:
    """Have another referent chosen for an agent's journeys, told once under a ``change``; return how many (ENR-3).

    Who departs leaves the tasks of closed journeys too, and is not their referent again when they resume (EXT-4).
    """
    if reason == DEPARTURE:
        await worklist.leave(connection, organisation, agent)
    rows = await connection.scalars(select(journeys.c.siren).where(followed_by(organisation, agent, reason)))
    said = {siren: {"agent": agent, "reason": reason} for siren in rows}
    return await tell_leaving(connection, organisation, said, SOURCE, now, change)


def followed_by(organisation: str, agent: str, reason: str, siren: str | None = None) -> ColumnElement[bool]:
    """Which journeys another agent is to follow, or whether one of them is."""
    phases = (*RUNNING, Phase.CLOSED) if reason == DEPARTURE else RUNNING
    theirs = (journeys.c.referent == agent) & journeys.c.phase.in_(phases)
    return (journeys.c.organisation == organisation) & (theirs & (journeys.c.siren == siren) if siren else theirs)


async def tell_leaving(
    connection: AsyncConnection,
    organisation: str,
    said: Mapping[str, dict[str, Any]],
    source: str,
    now: datetime,
    change: UUID,
) -> int:
    """Tell journeys that who follows them leaves, what is ``said`` to each by SIREN; return how many."""
    concerned = journeys.c.siren.in_(said)
    return await _tell(connection, organisation, "referent.leaving", concerned, said.get, now, change, source)


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


def _nothing(_: str) -> None:
    return None


async def _tell(
    connection: AsyncConnection,
    organisation: str,
    kind: str,
    concerned: ColumnElement[bool],
    data: Callable[[str], dict[str, Any] | None],
    now: datetime,
    change: UUID,
    source: str,
) -> int:
    query = select(journeys.c.siren, journeys.c.ahead_seconds)
    rows = await connection.execute(query.where(journeys.c.organisation == organisation, concerned))
    news = [
        NewEvent(
            source=source,
            id=f"{change}/{row.siren}",
            type=kind,
            siren=row.siren,
            organisation=organisation,
            time=now + timedelta(seconds=row.ahead_seconds),
            data=data(row.siren) or {},
        )
        for row in rows
    ]
    await store(connection, news)
    return len(news)
