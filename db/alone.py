"""Statements that stand alone, sent by asyncpg itself: around one row SQLAlchemy costs more than the exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Record(asyncpg.Record):  # type: ignore[misc]
    """A row with its columns as attributes, in the driver's own types: JSON is left as text."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Alone:
    """A statement compiled once: its text, the names of its parameters in order, the values it has from the start."""

    sql: str
    names: tuple[str, ...]
    values: Mapping[str, object]

    @classmethod
    def of(cls, statement: ClauseElement) -> Self:
        """Compile a statement of Core."""
        compiled = cast(SQLCompiler, statement.compile(dialect=_DIALECT))
        return cls(str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params))

    async def run(self, driver: asyncpg.Connection, values: Mapping[str, object]) -> Sequence[Record]:
        """Its rows; raises DBAPIError without the parameters, as SQLAlchemy does."""
        given = {**self.values, **values}
        try:
            rows = await driver.fetch(self.sql, *[given[name] for name in self.names], record_class=Record)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            lost = driver.is_closed()
            raise DBAPIError(self.sql, None, error, hide_parameters=True, connection_invalidated=lost) from error
        return cast(Sequence[Record], rows)
