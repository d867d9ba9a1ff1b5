"""What a step writes beside the journey's state, in one exchange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.ledger import NewMessage
from db.records import Entry, NewTask

_ROWS: TypeAdapter[Any] = TypeAdapter(Any)


def _insert(table: str, record: type) -> str:
    columns = ", ".join(f'"{it.name}"' for it in fields(record))
    given = f"jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:{table} AS jsonb))"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {given}"  # noqa: S608 (names of this module)


# Statements of one WITH do not see each other's rows: a message just written is not a forgotten one.
_WRITE = text(f"""
WITH lines AS ({_insert("timeline", Entry)}),
opened AS ({_insert("tasks", NewTask)} ON CONFLICT (siren, key) DO NOTHING),
written AS (
    {_insert("messages", NewMessage)} ON CONFLICT ON CONSTRAINT one_intention_one_message DO NOTHING
    RETURNING id, status
)
SELECT id FROM written WHERE status = 'queued'
UNION ALL
SELECT id FROM messages
WHERE siren = :siren AND status = 'queued' AND queued_at < :forgotten_before AND attempted_at IS NULL
""")  # noqa: S608


async def write(
    connection: AsyncConnection,
    siren: str,
    lines: Sequence[Entry],
    tasks: Sequence[NewTask],
    messages: Sequence[NewMessage],
    forgotten_before: datetime,
) -> list[str]:
    """Add lines in order, open tasks and keep intentions, leaving those known by their key as they are.

    Returns the ids of the messages to deliver: the new ones, and those queued before ``forgotten_before`` that no
    delivery has looked at since: whatever lost them, they leave with this step.
    """
    rows = {"timeline": _json(lines), "tasks": _json(tasks), "messages": _json(messages)}
    found = await connection.scalars(_WRITE, {**rows, "siren": siren, "forgotten_before": forgotten_before})
    return [str(it) for it in found]


def _json(rows: Sequence[object]) -> str:
    return _ROWS.dump_json(rows).decode()
