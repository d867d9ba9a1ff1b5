"""The day of an agent: tasks, appointments, promises at risk; each list is one query, with the enterprises' names.

``ahead_seconds`` is how far the journey's clock is ahead on a development server.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import bookings, cases, commitments, enterprises, journeys, slots, tasks
from db.worklist import not_about
from domain.authority import MEDIATION
from domain.effects import Queue
from domain.promises import ANSWERS

AT_RISK = timedelta(hours=24)
"""A promise due within that time is at risk."""

SHOWN = 200


async def mine(connection: AsyncConnection, organisation: str, agent: str) -> Sequence[Row[Any]]:
    """The open tasks of an agent, the most urgent first."""
    return await _tasks(connection, organisation, tasks.c.assignee == agent)


async def mediations(connection: AsyncConnection, organisation: str, agent: str) -> Sequence[Row[Any]]:
    """The mediations that a mediator has taken."""
    return await _tasks(connection, organisation, (tasks.c.assignee == agent) & (tasks.c.kind == MEDIATION))


async def to_take(
    connection: AsyncConnection, organisation: str, queues: Sequence[str], agent: str | None = None
) -> Sequence[Row[Any]]:
    """The open tasks of some queues that nobody has; the files to take over, of which there are many, come last.

    No mediation about the ``agent`` who looks.
    """
    free = tasks.c.assignee.is_(None) & tasks.c.queue.in_(queues)
    free = free & ((tasks.c.kind != MEDIATION) | not_about(agent)) if agent else free
    return await _tasks(connection, organisation, free, tasks.c.queue == Queue.COMMON_LAW)


async def _tasks(
    connection: AsyncConnection, organisation: str, concerned: ColumnElement[bool], *order: ColumnElement[bool]
) -> Sequence[Row[Any]]:
    joined = _with_enterprise(tasks, tasks.c.siren)
    query: Select[Any] = select(tasks, enterprises.c.name, journeys.c.ahead_seconds).select_from(joined)
    query = query.where(tasks.c.organisation == organisation, tasks.c.status == "open", concerned)
    return await _all(connection, query.order_by(*order, tasks.c.due_at, tasks.c.id).limit(SHOWN))


async def _all(connection: AsyncConnection, query: Select[Any]) -> Sequence[Row[Any]]:
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return rows


def _with_enterprise(table: Any, siren: ColumnElement[str]) -> Any:
    joined = table.outerjoin(journeys, journeys.c.siren == siren)
    return joined.outerjoin(enterprises, enterprises.c.siren == siren)


async def appointments(
    connection: AsyncConnection, organisation: str, agent: str, start: datetime, end: datetime
) -> Sequence[Row[Any]]:
    """What is booked with an agent in ``[start, end)``, in order."""
    held = bookings.join(slots, slots.c.id == bookings.c.slot).join(cases, cases.c.id == bookings.c.appointment)
    query: Select[Any] = select(
        bookings.c.siren,
        bookings.c.appointment,
        slots.c.id.label("slot"),
        slots.c.starts_at,
        slots.c.minutes,
        cases.c.kind,
        cases.c.status,
        enterprises.c.name,
        enterprises.c.contact_name,
        enterprises.c.phone,
        journeys.c.ahead_seconds,
    ).select_from(_with_enterprise(held, bookings.c.siren))
    theirs = (slots.c.organisation == organisation) & (slots.c.agent == agent)
    query = query.where(theirs, slots.c.starts_at >= start, slots.c.starts_at < end)
    return await _all(connection, query.order_by(slots.c.starts_at))


def at_risk() -> ColumnElement[bool]:
    """A promise runs, and its time is nearly up on the journey's clock; or it is over and the answer still owed."""
    clock = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, journeys.c.ahead_seconds)
    owed = commitments.c.met_at.is_(None) & commitments.c.paused_at.is_(None)
    running = commitments.c.breached_at.is_(None) | commitments.c.kind.in_(ANSWERS)
    return owed & running & (commitments.c.due_at < clock + AT_RISK)


async def promises(connection: AsyncConnection, organisation: str, referent: str | None) -> Sequence[Row[Any]]:
    """The promises at risk of a referent's enterprises, or of all of them, the most urgent first.

    Those that another organisation made before a transfer are to be kept too (EXT-5).
    """
    joined = commitments.join(journeys, journeys.c.siren == commitments.c.siren)
    joined = joined.outerjoin(enterprises, enterprises.c.siren == commitments.c.siren)
    query = select(commitments, enterprises.c.name, journeys.c.ahead_seconds).select_from(joined)
    query = query.where(journeys.c.organisation == organisation, at_risk())
    query = query.where(journeys.c.referent == referent) if referent else query
    return await _all(connection, query.order_by(commitments.c.due_at).limit(SHOWN))


async def take(connection: AsyncConnection, organisation: str, task_id: UUID, agent: str, seen: str | None) -> bool:
    """Give an open task to an agent who saw it with ``seen``, or nobody; False when neither that one nor the agent has
    it, or it is no longer open."""
    one = (tasks.c.id == task_id) & (tasks.c.organisation == organisation) & (tasks.c.status == "open")
    as_seen = tasks.c.assignee.is_not_distinct_from(seen) | (tasks.c.assignee == agent)
    return (await connection.execute(update(tasks).where(one, as_seen).values(assignee=agent))).rowcount == 1
