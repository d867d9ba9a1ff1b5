"""What stands in the tables about one enterprise, before and after its clock was moved on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import cases, commitments, messages, tasks


@dataclass(frozen=True)
class Standing:
    """Rows by their id."""

    messages: Mapping[Any, Row[Any]]
    tasks: Mapping[Any, Row[Any]]
    cases: Mapping[Any, Row[Any]]
    promises: Mapping[Any, Row[Any]]


async def standing(connection: AsyncConnection, siren: str) -> Standing:
    """All that is written about an enterprise, whichever organisation follows it."""
    found = [await _of(connection, it, siren) for it in (messages, tasks, cases, commitments)]
    return Standing(*found)


async def _of(connection: AsyncConnection, table: Table, siren: str) -> dict[Any, Row[Any]]:
    return {row.id: row for row in await connection.execute(select(table).where(table.c.siren == siren))}
