"""The tasks of an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, String, case, cast, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db.events import NewEvent, store
from db.records import CANCEL, REOPEN, TaskEnd, TaskReturn, rows_json
from db.tables import journeys, tasks
from domain.authority import TaskInHand
from domain.effects import Queue

SOURCE = "parcours/tasks"
NOTED = 200
"""Notes of ended tasks read at once: more than a journey of 36 months has."""

_FORMER = cast(journeys.c.state, JSONB)["former_referent"].astext


@dataclass(frozen=True)
class Filters:
    """What a list of tasks is narrowed to."""

    siren: str | None = None
    assignee: str | None = None
    status: str | None = None
    due_before: datetime | None = None
    kind: str | None = None
    not_about: str | None = None
    """An agent: the enterprises that he or she follows or followed last are left out."""


async def page(
    connection: AsyncConnection,
    organisation: str,
    filters: Filters,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """At most `limit` tasks that follow `after` (deadline, id), the most urgent first."""
    query = select(tasks).where(tasks.c.organisation == organisation, *_conditions(filters))
    if after:
        query = query.where(tuple_(tasks.c.due_at, tasks.c.id) > after)
    return (await connection.execute(query.order_by(tasks.c.due_at, tasks.c.id).limit(limit))).all()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    columns = {
        tasks.c.siren: filters.siren,
        tasks.c.assignee: filters.assignee,
        tasks.c.status: filters.status,
        tasks.c.kind: filters.kind,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    if filters.due_before:
        conditions.append(tasks.c.due_at < filters.due_before)
    return [*conditions, not_about(filters.not_about)] if filters.not_about else conditions


def not_about(agent: str) -> ColumnElement[bool]:
    """The enterprise of a task is not one that this agent follows, nor followed last."""
    file = journeys.alias()
    former = cast(file.c.state, JSONB)["former_referent"].astext
    theirs = (file.c.siren == tasks.c.siren) & ((file.c.referent == agent) | (agent == former))
    return ~select(file.c.siren).where(theirs).exists()


async def noted(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """The tasks of an enterprise that agents ended with a note, whoever followed it then, newest first."""
    theirs = select(tasks).where(tasks.c.siren == siren, tasks.c.status == "done", tasks.c.note.is_not(None))
    return (await connection.execute(theirs.order_by(tasks.c.done_at.desc()).limit(NOTED))).all()


async def lock(connection: AsyncConnection, task: UUID) -> Row[Any] | None:
    """One task, for this transaction alone, with ``followed_by``, ``referent`` and ``former`` of its enterprise.

    ``followed_by`` is empty when that is no organisation the reader may see.
    """
    followed = tasks.outerjoin(journeys, journeys.c.siren == tasks.c.siren)
    beside = (journeys.c.organisation.label("followed_by"), journeys.c.referent, _FORMER.label("former"))
    query = select(tasks, *beside).select_from(followed).where(tasks.c.id == task)
    row: Row[Any] | None = (await connection.execute(query.with_for_update(of=tasks))).one_or_none()
    return row


def in_hand(row: Row[Any]) -> TaskInHand:
    """A row of ``lock``, as ``domain.authority`` looks at it: what is done stays to be read where it was done."""
    here = row.status == "done" or row.followed_by == row.organisation
    return TaskInHand(row.kind, row.queue, here, (row.referent, row.former))


async def finish(
    connection: AsyncConnection,
    task: UUID,
    *,
    outcome: str,
    note: str | None,
    by: str,
    at: datetime,
    again_by: datetime | None = None,
) -> Row[Any]:
    """Write how a task ended, and tell its journey: a promise may be answered, a call tried again (SVC-1, INC-3).

    What an agent did counts even when the task was cancelled meanwhile.
    """
    row = await close(connection, task, outcome=outcome, note=note, by=by, at=at)
    said = {"key": row.key, "outcome": outcome} | ({"again_by": again_by.isoformat()} if again_by else {})
    told = NewEvent(SOURCE, str(task), "task.done", row.siren, row.organisation, at, said)
    await store(connection, [told])
    return row


async def close(
    connection: AsyncConnection, task: UUID, *, outcome: str, note: str | None, by: str, at: datetime
) -> Row[Any]:
    """Write how a task ended."""
    values = {"status": "done", "outcome": outcome, "note": note, "done_by": by, "done_at": at}
    row: Row[Any] = (
        await connection.execute(update(tasks).where(tasks.c.id == task).values(values).returning(tasks))
    ).one()
    return row


async def tidy(connection: AsyncConnection, ended: Sequence[TaskEnd], returned: Sequence[TaskReturn]) -> None:
    """Close open tasks that lost their object and open again those that have one: what agents ended stays as it is."""
    if ended:
        await connection.execute(text(CANCEL), {"ended": rows_json(ended)})
    if returned:
        await connection.execute(text(REOPEN), {"returned": rows_json(returned)})


async def leave(connection: AsyncConnection, organisation: str, agent: str, siren: str | None = None) -> None:
    """Put back to the referents' queue what an agent who departs had open, of all enterprises or of one."""
    theirs = (tasks.c.organisation == organisation) & (tasks.c.assignee == agent) & (tasks.c.status == "open")
    theirs &= tasks.c.queue == Queue.REFERENT
    one = theirs & (tasks.c.siren == siren) if siren else theirs
    await connection.execute(update(tasks).where(one).values(assignee=None))


async def follow(
    connection: AsyncConnection, siren: str, organisation: str, *, former: str | None, referent: str | None
) -> None:
    """Have the open tasks of an enterprise follow it to another referent (ENR-3) or organisation (EXT-5).

    What the former one or nobody had is the new one's, or waits in its queue; an organisation that is left keeps none.
    """
    left = (tasks.c.organisation != organisation) | tasks.c.assignee.is_(None) | (tasks.c.assignee == former)
    open_ones = update(tasks).where(tasks.c.siren == siren, tasks.c.status == "open", left)
    whose = case((tasks.c.queue == Queue.REFERENT, literal(referent, String)))
    await connection.execute(open_ones.values(organisation=organisation, assignee=whose))
