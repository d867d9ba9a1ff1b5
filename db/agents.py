"""Agents and the weight of their portfolios (ENR-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import agents
from domain.duty import AgentLoad


async def present(connection: AsyncConnection, organisation: str, day: date) -> tuple[AgentLoad, ...]:
    """Trained agents of an organisation who are not absent that day, with their loads as last committed.

    Not locked: enrolments would run one at a time. Two made at once may see one load; the next choice corrects it.
    """
    query = select(agents).where(agents.c.organisation == organisation, agents.c.trained)
    rows = (await connection.execute(query.order_by(agents.c.agent))).all()
    return tuple(AgentLoad(row.agent, row.weight) for row in rows if not _absent(row.absences, day))


def _absent(absences: Sequence[dict[str, str]], day: date) -> bool:
    return any(date.fromisoformat(a["from"]) <= day <= date.fromisoformat(a["to"]) for a in absences)


async def add_weight(connection: AsyncConnection, organisation: str, agent: str, weight: int) -> None:
    """Change the weight of a portfolio."""
    one = (agents.c.organisation == organisation) & (agents.c.agent == agent)
    await connection.execute(update(agents).where(one).values(weight=agents.c.weight + weight))


async def read(connection: AsyncConnection, organisation: str, agent: str | None) -> Row[Any] | None:
    """Name and direct contact of an agent."""
    if agent is None:
        return None
    query = select(agents).where(agents.c.organisation == organisation, agents.c.agent == agent)
    return (await connection.execute(query)).one_or_none()


async def ensure(connection: AsyncConnection, organisation: str, agent: str, *, trained: bool = True) -> None:
    """An agent exists from now on: one named by a token is trained, who signs in waits for a supervisor's word."""
    name = " ".join(part.capitalize() for part in agent.replace(".", " ").replace("-", " ").split())
    row = {"organisation": organisation, "agent": agent, "name": name, "trained": trained}
    await connection.execute(insert(agents).values(row).on_conflict_do_nothing())
