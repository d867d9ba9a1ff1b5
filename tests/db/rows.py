"""One row of every table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Table, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import ARRAY, Boolean, Date, DateTime, Float, Integer, LargeBinary, Uuid

from db.tables import metadata

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
VALUES: dict[type, Any] = {
    ARRAY: ["x"],
    Boolean: True,
    Date: NOW.date(),
    DateTime: NOW,
    Float: 1.0,
    Integer: 1,
    JSONB: {},
    LargeBinary: b"x",
}


async def fill(connection: AsyncConnection, organisation: str, siren: str) -> None:
    """Fill every table, each row tied to the others by its foreign keys and to an organisation's one enterprise."""
    known: dict[str, Any] = {"organisation": organisation, "siren": siren}
    for table in metadata.sorted_tables:
        row = {column.name: _value(column, known) for column in table.columns if _is_needed(table, column)}
        written = (await connection.execute(insert(table).values(row).returning(table))).one()
        known |= {f"{table.name}.{name}": value for name, value in written._mapping.items()}


def _is_needed(table: Table, column: Column[Any]) -> bool:
    if column is table.autoincrement_column or column.server_default is not None:
        return False
    return not column.nullable or bool(column.foreign_keys)


def _value(column: Column[Any], known: dict[str, Any]) -> Any:
    for foreign in column.foreign_keys:
        return known[foreign.target_fullname]
    if column.name in known:
        return known[column.name]
    if isinstance(column.type, Uuid):
        return uuid4()
    given = next((value for kind, value in VALUES.items() if isinstance(column.type, kind)), None)
    return f"{column.name[:2]}-{known['organisation'][-1]}" if given is None else given
