"""One organisation at a time: PostgreSQL itself hides the rows of the others, whatever a query forgets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import asyncpg
from sqlalchemy import String, Table, bindparam, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.alone import Alone, Record
from db.engine import CONNECT_SECONDS

TENANT = "parcours_tenant"
"""The role that row-level security holds back; migration 0008 says what it may do."""

ORGANISATION = "parcours.organisation"
ALONE = 5
"""Connections kept for statements that stand alone."""

LEASE_SECONDS = 30
"""How long one of them is waited for."""


@asynccontextmanager
async def as_organisation(engine: AsyncEngine, organisation: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that reads and writes nothing of another organisation; committed at its end."""
    async with engine.begin() as connection:
        mine = func.set_config(ORGANISATION, organisation, True)
        await connection.execute(select(mine, func.set_config("role", TENANT, True)))
        yield connection


class Confined(asyncpg.Connection):  # type: ignore[misc]
    """A connection that never leaves the role of row-level security."""

    organisation: str | None = None

    async def own(self, organisation: str, statement: Alone, values: Mapping[str, object]) -> Sequence[Record]:
        """The rows of a statement for an organisation, which is told only when it changes."""
        if self.organisation != organisation:
            self.organisation = None
            await _MINE.run(self, {"organisation": organisation})
            self.organisation = organisation
        return await statement.run(self, values)


class OwnRows:
    """Connections for statements that stand alone: each is a transaction of its own, in one exchange.

    A commit is not waited for: what is added reaches the disk within a second. Closed with the engine whose server
    they reach. The pool is asyncpg's own: SQLAlchemy's lease takes a sixth of such a read.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        _, server = engine.dialect.create_connect_args(engine.url)
        self._pool = asyncpg.create_pool(
            **server,
            timeout=CONNECT_SECONDS,
            min_size=0,
            max_size=ALONE,
            connection_class=Confined,
            init=_confine,
            reset=_as_it_is,
        )
        event.listen(engine.sync_engine, "engine_disposed", self._close)

    async def run(self, organisation: str, statement: Alone, values: Mapping[str, object]) -> Sequence[Record]:
        """The rows of a statement that reads and writes nothing of another organisation."""
        connection = await self._leased()
        try:
            return cast(Sequence[Record], await connection.own(organisation, statement, values))
        finally:
            await self._pool.release(connection)

    async def _leased(self) -> Any:
        try:
            async with asyncio.timeout(LEASE_SECONDS):
                return await (await self._pool).acquire()
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            lost = isinstance(error, asyncpg.InterfaceError)
            raise DBAPIError(None, None, error, connection_invalidated=lost) from error

    def _close(self, _: object) -> None:
        with suppress(asyncpg.InterfaceError):  # nothing was read yet
            self._pool.terminate()


_MINE = Alone.of(select(func.set_config(ORGANISATION, bindparam("organisation", type_=String), False)))


async def _confine(connection: asyncpg.Connection) -> None:
    await connection.execute(f"SET ROLE {TENANT}; SET synchronous_commit = off")


async def _as_it_is(_: asyncpg.Connection) -> None:
    """A connection is lent with its role and its organisation."""


@asynccontextmanager
async def across_organisations(connection: AsyncConnection) -> AsyncIterator[None]:
    """For what one slot ties together: an enterprise that was transferred keeps its meeting with its former agent."""
    role = await connection.scalar(select(func.current_setting("role")))
    await connection.execute(select(func.set_config("role", "none", True)))
    yield
    await connection.execute(select(func.set_config("role", role, True)))


async def holder(connection: AsyncConnection, table: Table, **key: object) -> str | None:
    """Whose a row is that ``as_organisation`` did not show: what tells "not yours" from "not known"."""
    one = [table.c[name] == value for name, value in key.items()]
    async with across_organisations(connection):
        organisation: str | None = await connection.scalar(select(table.c.organisation).where(*one))
    return organisation
