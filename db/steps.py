"""What steps read and write: for several journeys together, in three exchanges however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.journeys import Stored, columns_of, stored_of
from db.ledger import UNSETTLED, NewMessage
from db.records import CANCEL, REOPEN, Entry, NewTask, TaskEnd, TaskReturn, rows_json
from db.tables import journeys
from domain.state import Journey


@dataclass(frozen=True)
class Written:
    """What one step writes beside the state; messages queued before ``forgotten_before`` that no delivery looked at
    leave with it.
    """

    siren: str
    lines: Sequence[Entry]
    tasks: Sequence[NewTask]
    messages: Sequence[NewMessage]
    forgotten_before: datetime
    ended: Sequence[TaskEnd] = ()
    returned: Sequence[TaskReturn] = ()


@dataclass(frozen=True)
class Saved:
    """The state after a step, and what the engine of steps keeps beside it."""

    journey: Journey
    version: int
    ends_on: date
    chain: str
    step: int
    result: str
    wake_at: datetime | None
    ahead_seconds: float


# In the order of their numbers, so that two transactions never wait for each other.
_LOCKED = (
    select(journeys)
    .where(journeys.c.siren.in_(bindparam("sirens", expanding=True)))
    .order_by(journeys.c.siren)
    .with_for_update()
)
_BESIDE = tuple(it.name for it in fields(Saved) if it.name != "journey")
_STATE = ("organisation", "phase", "referent", "opened_on", "has_accountant", "open_incident", "state", "purged")
_SAVE = (
    update(journeys)
    .where(journeys.c.siren == bindparam("enterprise"))
    .values({name: bindparam(f"new_{name}") for name in (*_STATE, *_BESIDE)})
)


def _insert(table: str, record: type) -> str:
    columns = ", ".join(f'"{it.name}"' for it in fields(record))
    given = f"jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:{table} AS jsonb))"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {given}"  # noqa: S608 (names of this module)


LOST_AFTER = timedelta(hours=2)
"""A delivery that goes on looks at its letters every ten minutes, and at one in doubt for an hour."""

# Statements of one WITH do not see each other's rows: a message just written is not a forgotten one.
_WRITE = text(f"""
WITH lines AS ({_insert("timeline", Entry)}),
opened AS ({_insert("tasks", NewTask)} ON CONFLICT (siren, key) DO NOTHING),
ended AS ({CANCEL}),
returned AS ({REOPEN}),
written AS (
    {_insert("messages", NewMessage)} ON CONFLICT ON CONSTRAINT one_intention_one_message DO NOTHING
    RETURNING siren, id, seq, status
)
SELECT siren, id, seq FROM written WHERE status = 'queued'
UNION ALL
SELECT siren, id, seq FROM messages
JOIN jsonb_to_recordset(CAST(:journeys AS jsonb)) AS told (siren text, forgotten_before timestamptz) USING (siren)
WHERE status = 'queued' AND queued_at < forgotten_before AND attempted_at IS NULL
   OR {UNSETTLED} AND attempted_at < now() - CAST(:lost_after AS interval)
ORDER BY seq
""")  # noqa: S608


async def lock(connection: AsyncConnection, sirens: Sequence[str]) -> dict[str, Stored]:
    """The journeys of enterprises, for this transaction alone."""
    rows = (await connection.execute(_LOCKED, {"sirens": sirens})).all()
    return {row.siren: stored_of(row) for row in rows}


async def write(connection: AsyncConnection, steps: Sequence[Written]) -> dict[str, list[str]]:
    """Add lines in order, open and end tasks, keep intentions; those known by their key stay as they are.

    Returns for each enterprise the ids of the messages to deliver in the order decided: the forgotten, the new ones.
    """
    rows = {
        "timeline": rows_json([line for it in steps for line in it.lines]),
        "tasks": rows_json([task for it in steps for task in it.tasks]),
        "messages": rows_json([message for it in steps for message in it.messages]),
        "ended": rows_json([end for it in steps for end in it.ended]),
        "returned": rows_json([task for it in steps for task in it.returned]),
        "lost_after": LOST_AFTER,
        "journeys": rows_json([{"siren": it.siren, "forgotten_before": it.forgotten_before} for it in steps]),
    }
    found: dict[str, list[str]] = {it.siren: [] for it in steps}
    for siren, message_id, _ in await connection.execute(_WRITE, rows):
        found[siren].append(str(message_id))
    return found


async def save(connection: AsyncConnection, steps: Sequence[Saved]) -> None:
    """The new states."""
    await connection.execute(_SAVE, [_values(it) for it in steps])


def _values(step: Saved) -> dict[str, Any]:
    columns = columns_of(step.journey) | {name: getattr(step, name) for name in _BESIDE}
    return {"enterprise": step.journey.siren, **{f"new_{name}": value for name, value in columns.items()}}
