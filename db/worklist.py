"""The tasks of an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, String, case, literal, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.events import NewEvent, store
from db.records import CANCEL, REOPEN, TaskEnd, TaskReturn, rows_json
from db.tables import tasks
from domain.effects import Queue

SOURCE = "parcours/tasks"
NOTED = 200
"""Notes of ended tasks read at once: more than a journey of 36 months has."""


@dataclass(frozen=True)
class Filters:
    """What a list of tasks is narrowed to."""

    siren: str | None = None
    assignee: str | None = None
    status: str | None = None
    due_before: datetime | None = None


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
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    return [*conditions, tasks.c.due_at < filters.due_before] if filters.due_before else conditions


async def noted(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """The tasks of an enterprise that agents ended with a note, whoever followed it then, newest first."""
    theirs = select(tasks).where(tasks.c.siren == siren, tasks.c.status == "done", tasks.c.note.is_not(None))
    return (await connection.execute(theirs.order_by(tasks.c.done_at.desc()).limit(NOTED))).all()


async def lock(connection: AsyncConnection, task: UUID) -> Row[Any] | None:
    """One task, for this transaction alone."""
    return (await connection.execute(select(tasks).where(tasks.c.id == task).with_for_update())).one_or_none()


async def finish(
    connection: AsyncConnection, task: UUID, *, outcome: str, note: str | None, by: str, at: datetime
) -> Row[Any]:
    """Write how a task ended, and tell its journey: a promise may be answered by it (SVC-1).

    What an agent did counts even when the task was cancelled meanwhile.
    """
    values = {"status": "done", "outcome": outcome, "note": note, "done_by": by, "done_at": at}
    statement = update(tasks).where(tasks.c.id == task).values(values).returning(tasks)
    row: Row[Any] = (await connection.execute(statement)).one()
    told = NewEvent(
        SOURCE, str(task), "task.done", row.siren, row.organisation, at, {"key": row.key, "outcome": outcome}
    )
    await store(connection, [told])
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
