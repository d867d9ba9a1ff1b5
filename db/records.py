"""The timeline and the tasks a step writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import timeline


@dataclass(frozen=True)
class Entry:
    """One line of a journey's timeline (WHY-1)."""

    siren: str
    at: datetime
    kind: str
    rule: str
    summary: str
    event_id: str | None = None


@dataclass(frozen=True)
class NewTask:
    """A piece of work for an agent; ``assignee`` is empty for a queue without a name on it."""

    id: UUID
    siren: str
    organisation: str
    key: str
    kind: str
    rule: str
    queue: str
    assignee: str | None
    status: str
    due_at: datetime
    opened_at: datetime
    summary: str
    guidance: list[str]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True)
class TaskEnd:
    """An open task ended at ``done_at``: cancelled, ``note`` says why; or ``done`` by who did what it asked for."""

    siren: str
    key: str
    note: str | None
    done_at: datetime
    status: str = "cancelled"
    outcome: str | None = None
    done_by: str | None = None


@dataclass(frozen=True)
class TaskReturn:
    """A cancelled task that is needed after all, ``due_at`` at the earliest."""

    siren: str
    key: str
    due_at: datetime


# One that an agent ended meanwhile stays as it is.
CANCEL = """
UPDATE tasks SET status = it.status, note = it.note, done_at = it.done_at, outcome = it.outcome, done_by = it.done_by
FROM jsonb_populate_recordset(CAST(NULL AS tasks), CAST(:ended AS jsonb)) AS it
WHERE tasks.siren = it.siren AND tasks.key = it.key AND tasks.status = 'open'
"""

REOPEN = """
UPDATE tasks SET status = 'open', note = NULL, done_at = NULL, due_at = greatest(tasks.due_at, it.due_at)
FROM jsonb_populate_recordset(CAST(NULL AS tasks), CAST(:returned AS jsonb)) AS it
WHERE tasks.siren = it.siren AND tasks.key = it.key AND tasks.status = 'cancelled'
"""

_ROWS: TypeAdapter[Any] = TypeAdapter(Any)


def rows_json(rows: Sequence[object]) -> str:
    """Rows of a statement, as one parameter."""
    return _ROWS.dump_json(rows).decode()


async def write(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Add lines to timelines, in order."""
    if entries:
        await connection.execute(insert(timeline), [vars(entry) for entry in entries])
