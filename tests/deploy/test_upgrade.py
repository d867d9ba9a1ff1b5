"""The version before works on the schema of the next: what it reads is there, what it writes is enough."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count, pairwise
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from config.embedded.postgres import EmbeddedPostgres
from db.migrate import FOLDER

# For each table its columns: type, and whether a row may leave it out.
Schema = dict[str, dict[str, tuple[str, bool]]]
_numbers = count(1)


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    name = f"upgraded_{next(_numbers)}"
    await postgres.execute(f"CREATE DATABASE {name}")
    yield postgres.url_of(name)
    await postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def config_of(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def at(connection: Connection, revision: str) -> Schema:
    """The schema once a revision is applied."""
    command.upgrade(config_of(connection), revision)
    found = inspect(connection)
    return {
        table: {column["name"]: _described(column) for column in found.get_columns(table)}
        for table in found.get_table_names()
    }


def _described(column: Any) -> tuple[str, bool]:
    return str(column["type"]), bool(column["nullable"] or column["default"] or column.get("autoincrement") is True)


async def schemas(url: str) -> list[tuple[str, Schema]]:
    revisions = [it.revision for it in ScriptDirectory.from_config(config_of()).walk_revisions()][::-1]
    engine = create_async_engine(url, poolclass=NullPool)
    found = []
    for revision in revisions:
        async with engine.begin() as connection:
            found.append((revision, await connection.run_sync(at, revision)))
    await engine.dispose()
    return found


async def test_a_migration_takes_nothing_from_the_version_before_and_asks_nothing_of_it(empty: str) -> None:
    for (_, before), (revision, after) in pairwise(await schemas(empty)):
        for table, columns in before.items():
            kept = {name: after.get(table, {}).get(name) for name in columns}
            assert kept == columns, f"{revision} changes {table}"
            new = {name: optional for name, (_, optional) in after[table].items() if name not in columns}
            assert all(new.values()), f"{revision} asks for {new} of a version that does not know them"
