"""One organisation at a time: PostgreSQL itself hides the rows of the others, whatever a query forgets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

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

    async def confine(self) -> None:
        """Take the role, before anything else; what is written may reach the disk later."""
        await self.execute(f"SET ROLE {TENANT}; SET synchronous_commit = off")

    async def own(self, organisation: str, statement: Alone, values: Mapping[str, object]) -> Sequence[Record]:
        """The rows of a statement for an organisation, which is told only when it changes."""
        if self.organisation != organisation:
            self.organisation = None
            await _MINE.run(self, {"organisation": organisation})
            self.organisation = organisation
        return await statement.run(self, values)


@dataclass
class _Place:
    """Room for one connection, made when first needed and anew when it was lost."""

    connection: Confined | None = None

    def empty(self) -> None:
        """End the connection, whatever it was doing."""
        if self.connection is not None:
            self.connection.terminate()


class OwnRows:
    """Connections for statements that stand alone: each is a transaction of its own, in one exchange.

    A commit is not waited for: what is added reaches the disk within a second. Closed with the engine whose server
    they reach. The pool is a stack of places: a lease of SQLAlchemy's or asyncpg's takes as long as the statement.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        _, self._server = engine.dialect.create_connect_args(engine.url)
        self._places = [_Place() for _ in range(ALONE)]
        self._free: asyncio.LifoQueue[_Place] = asyncio.LifoQueue()
        for place in self._places:
            self._free.put_nowait(place)
        event.listen(engine.sync_engine, "engine_disposed", self._close)

    async def run(self, organisation: str, statement: Alone, values: Mapping[str, object]) -> Sequence[Record]:
        """The rows of a statement that reads and writes nothing of another organisation.

        Raises DBAPIError, and TimeoutError when no connection is free in ``LEASE_SECONDS``.
        """
        place = await self._turn()
        try:
            return await (await self._connected(place)).own(organisation, statement, values)
        except DBAPIError:
            raise
        except BaseException:
            # Whoever hung up leaves an exchange under way: the next one must not read its answer.
            place.empty()
            raise
        finally:
            self._free.put_nowait(place)

    async def _turn(self) -> _Place:
        if not self._free.empty():
            return self._free.get_nowait()
        async with asyncio.timeout(LEASE_SECONDS):
            return await self._free.get()

    async def _connected(self, place: _Place) -> Confined:
        if place.connection is None or place.connection.is_closed():
            try:
                place.connection = await asyncpg.connect(
                    **self._server, timeout=CONNECT_SECONDS, connection_class=Confined
                )
                await place.connection.confine()
            except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                place.empty()
                lost = isinstance(error, asyncpg.InterfaceError)
                raise DBAPIError(None, None, error, connection_invalidated=lost) from error
        return place.connection

    def _close(self, _: object) -> None:
        for place in self._places:
            place.empty()


_MINE = Alone.of(select(func.set_config(ORGANISATION, bindparam("organisation", type_=String), False)))


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
