"""One organisation at a time: PostgreSQL itself hides the rows of the others, whatever a query forgets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

TENANT = "parcours_tenant"
"""The role that row-level security holds back; migration 0008 says what it may do."""


@asynccontextmanager
async def as_organisation(engine: AsyncEngine, organisation: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that reads and writes nothing of another organisation; committed at its end."""
    async with engine.begin() as connection:
        mine = func.set_config("parcours.organisation", organisation, True)
        await connection.execute(select(mine, func.set_config("role", TENANT, True)))
        yield connection


async def holder(connection: AsyncConnection, table: Table, **key: object) -> str | None:
    """Whose a row is that ``as_organisation`` did not show: what tells "not yours" from "not known"."""
    await connection.execute(select(func.set_config("role", "none", True)))
    one = [table.c[name] == value for name, value in key.items()]
    organisation: str | None = await connection.scalar(select(table.c.organisation).where(*one))
    await connection.execute(select(func.set_config("role", TENANT, True)))
    return organisation
