"""One organisation at a time: PostgreSQL itself hides the rows of the others, whatever a query forgets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import PoolProxiedConnection, String, Table, bindparam, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.alone import Alone, Record
from db.engine import make_engine

TENANT = "parcours_tenant"
"""The role that row-level security holds back; migration 0008 says what it may do."""

ORGANISATION = "parcours.organisation"
ALONE = 5
"""Connections kept for statements that stand alone."""


@asynccontextmanager
async def as_organisation(engine: AsyncEngine, organisation: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that reads and writes nothing of another organisation; committed at its end."""
    async with engine.begin() as connection:
        mine = func.set_config(ORGANISATION, organisation, True)
        await connection.execute(select(mine, func.set_config("role", TENANT, True)))
        yield connection


class OwnRows:
    """Connections for statements that stand alone: each is a transaction of its own, in one exchange.

    They never leave the role of row-level security, and are told another organisation only when it changes. A commit
    is not waited for: what is added reaches the disk within a second. Closed with the engine they are made from.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = make_engine(engine.url.render_as_string(hide_password=False), pool_size=ALONE)
        event.listen(self._engine.sync_engine, "connect", _confine)
        event.listen(engine.sync_engine, "engine_disposed", lambda _: self._engine.sync_engine.dispose())

    async def run(self, organisation: str, statement: Alone, values: Mapping[str, object]) -> Sequence[Record]:
        """The rows of a statement that reads and writes nothing of another organisation."""
        connection = await self._connected()
        try:
            await _tell(connection, organisation)
            return await statement.run(connection.driver_connection, values)
        finally:
            connection.close()

    async def _connected(self) -> PoolProxiedConnection:
        driver: Any = self._engine.dialect.loaded_dbapi
        try:
            return await self._engine.raw_connection()
        except driver.Error as error:
            raise DBAPIError(None, None, error) from error


_MINE = Alone.of(select(func.set_config(ORGANISATION, bindparam("organisation", type_=String), False)))


async def _tell(connection: PoolProxiedConnection, organisation: str) -> None:
    if connection.info.pop(ORGANISATION, None) != organisation:
        await _MINE.run(connection.driver_connection, {"organisation": organisation})
    connection.info[ORGANISATION] = organisation


def _confine(connection: Any, _: object) -> None:
    confined = f"SET ROLE {TENANT}; SET synchronous_commit = off"
    connection.run_async(lambda driver: driver.execute(confined))


async def holder(connection: AsyncConnection, table: Table, **key: object) -> str | None:
    """Whose a row is that ``as_organisation`` did not show: what tells "not yours" from "not known"."""
    await connection.execute(select(func.set_config("role", "none", True)))
    one = [table.c[name] == value for name, value in key.items()]
    organisation: str | None = await connection.scalar(select(table.c.organisation).where(*one))
    await connection.execute(select(func.set_config("role", TENANT, True)))
    return organisation
