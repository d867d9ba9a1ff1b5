"""Names and contact details: the personal data of an enterprise, read at the moment of use."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import enterprises


async def read(connection: AsyncConnection, siren: str) -> Row[Any] | None:
    """Name and contact details of an enterprise and of its accountant."""
    return (await connection.execute(select(enterprises).where(enterprises.c.siren == siren))).one_or_none()


async def describe(connection: AsyncConnection, siren: str, values: dict[str, Any]) -> None:
    """Write names and contact details of an enterprise."""
    statement = insert(enterprises).values(siren=siren, **{"name": "", **values})
    await connection.execute(statement.on_conflict_do_update(index_elements=["siren"], set_=values))
