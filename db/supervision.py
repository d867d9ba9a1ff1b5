"""What a supervisor looks at: load by referent, capacity day by day; a query for each list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Date, Row, Select, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.slots import absent
from db.tables import agents, bookings, cases, enterprises, journeys, slots, surveys, tasks
from domain.state import RUNNING


async def load(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """Each agent with ``enterprises`` followed, those ``in_difficulty``, ``open_tasks`` and ``overdue`` ones."""
    followed = _followed(organisation)
    owed = _owed(organisation)
    joined = agents.outerjoin(followed, followed.c.referent == agents.c.agent)
    joined = joined.outerjoin(owed, owed.c.assignee == agents.c.agent)
    counts = [followed.c.enterprises, followed.c.in_difficulty, owed.c.open_tasks, owed.c.overdue]
    query: Select[Any] = select(agents, *(func.coalesce(it, 0).label(it.name) for it in counts)).select_from(joined)
    query = query.where(agents.c.organisation == organisation).order_by(agents.c.weight.desc(), agents.c.agent)
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return rows


async def opinions(connection: AsyncConnection, organisation: str, limit: int) -> Sequence[Row[Any]]:
    """What enterprises answered to surveys, newest first: marks, and what they wrote (SAT-1)."""
    joined = surveys.join(journeys, journeys.c.siren == surveys.c.siren)
    joined = joined.outerjoin(enterprises, enterprises.c.siren == surveys.c.siren)
    query = select(surveys, enterprises.c.name).select_from(joined).where(journeys.c.organisation == organisation)
    rows: Sequence[Row[Any]] = (
        await connection.execute(query.order_by(surveys.c.answered_at.desc(), surveys.c.siren).limit(limit))
    ).all()
    return rows


def _followed(organisation: str) -> Any:
    counted = select(
        journeys.c.referent,
        func.count().label("enterprises"),
        func.count().filter(journeys.c.open_incident).label("in_difficulty"),
    ).where(journeys.c.organisation == organisation, journeys.c.phase.in_(RUNNING))
    return counted.group_by(journeys.c.referent).subquery()


def _owed(organisation: str) -> Any:
    counted = select(
        tasks.c.assignee,
        func.count().label("open_tasks"),
        func.count().filter(tasks.c.due_at < func.now()).label("overdue"),
    ).where(tasks.c.organisation == organisation, tasks.c.status == "open")
    return counted.group_by(tasks.c.assignee).subquery()


async def capacity(
    connection: AsyncConnection, organisation: str, zone: str, start: datetime, end: datetime
) -> Sequence[Row[Any]]:
    """By local day in ``[start, end)``: slots ``free`` and ``booked`` of agents who are present."""
    day = cast(func.timezone(zone, slots.c.starts_at), Date).label("day")
    taken = bookings.c.slot.is_not(None)
    counts: list[Any] = [func.count().filter(~taken).label("free"), func.count().filter(taken).label("booked")]
    joined = slots.outerjoin(bookings, bookings.c.slot == slots.c.id)
    within = and_(slots.c.organisation == organisation, slots.c.starts_at >= start, slots.c.starts_at < end)
    query: Select[Any] = select(day, *counts).select_from(joined).where(within, ~absent(zone))
    rows: Sequence[Row[Any]] = (await connection.execute(query.group_by(day).order_by(day))).all()
    return rows


async def priority_offers(connection: AsyncConnection, organisation: str) -> int:
    """How many priority appointments are offered and not booked yet (APT-3)."""
    mine = (cases.c.organisation == organisation) & (cases.c.family == "appointment")
    open_ones = mine & (cases.c.kind == "priority") & (cases.c.status == "offered")
    return int(await connection.scalar(select(func.count()).select_from(cases).where(open_ones)) or 0)
