"""In SQL, as the role of an organisation: nothing is written into the file of an enterprise that another follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Uuid, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.engine import make_engine
from db.tables import metadata
from db.tenancy import as_organisation
from tests.db.rows import fill

TABLES = metadata.tables
MINE, THEIRS = "552100554", "732829320"
REFUSED = "violates row-level security|permission denied"
LOG = {"accesses"}
"""An attempt on another's file is a line of the log of who attempted it."""

OF_FILES = sorted(name for name, table in TABLES.items() if "siren" in table.c and name not in LOG)
OF_ORGANISATIONS = sorted(name for name, table in TABLES.items() if "organisation" in table.c)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A row of every table for each of two organisations, of which `urssaf-b` follows MINE."""
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        await fill(connection, "urssaf-a", THEIRS)
        await fill(connection, "urssaf-b", MINE)
    yield engine
    await engine.dispose()


async def rows(engine: AsyncEngine, name: str) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        return [dict(row._mapping) for row in await connection.execute(select(TABLES[name]))]


def fresh(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The same row under keys that nobody has."""
    changed = dict(row)
    for column in TABLES[name].columns:
        if column.foreign_keys or column.name in ("siren", "organisation"):
            continue
        if column is TABLES[name].autoincrement_column:
            del changed[column.name]
        elif column.primary_key or any(column.name in index for index in _unique(name)):
            changed[column.name] = uuid4() if isinstance(column.type, Uuid) else _short(column)
    return changed


def _short(column: Any) -> str:
    return uuid4().hex[: getattr(column.type, "length", None) or 20]


def _unique(name: str) -> list[set[str]]:
    constraints = TABLES[name].constraints
    sets = [{it.name for it in one.columns} for one in constraints if type(one).__name__ == "UniqueConstraint"]
    return [names - {"siren", "organisation"} for names in sets]


async def as_b(engine: AsyncEngine, statement: Any) -> int:
    async with as_organisation(engine, "urssaf-b") as connection:
        return (await connection.execute(statement)).rowcount


@pytest.mark.parametrize("name", OF_FILES)
async def test_no_row_is_added_to_the_file_of_another(engine: AsyncEngine, name: str) -> None:
    mine = next(row for row in await rows(engine, name) if row["siren"] == MINE)
    new = fresh(name, mine) | {"siren": THEIRS}
    with pytest.raises(DBAPIError, match=REFUSED):
        await as_b(engine, insert(TABLES[name]).values(new))


@pytest.mark.parametrize("name", OF_FILES)
async def test_no_row_is_moved_into_the_file_of_another(engine: AsyncEngine, name: str) -> None:
    moved = update(TABLES[name]).where(TABLES[name].c.siren == MINE).values(siren=THEIRS)
    with pytest.raises(DBAPIError, match=REFUSED):
        await as_b(engine, moved)


@pytest.mark.parametrize("name", OF_ORGANISATIONS)
async def test_no_row_is_given_to_another_organisation(engine: AsyncEngine, name: str) -> None:
    given = update(TABLES[name]).where(TABLES[name].c.organisation == "urssaf-b").values(organisation="urssaf-a")
    with pytest.raises(DBAPIError, match=REFUSED):
        await as_b(engine, given)


@pytest.mark.parametrize("name", sorted(TABLES))
async def test_what_is_another_s_is_not_changed(engine: AsyncEngine, name: str) -> None:
    """Every column that the role may write at all, in all rows it can be pointed at."""
    before = await rows(engine, name)
    async with engine.connect() as connection:
        allowed = await writable(connection, name)
    theirs = [row for row in before if not belongs(row)]
    for column in allowed:
        table = TABLES[name]
        changed = update(table).values({column: table.c[column]}).returning(*table.primary_key.columns)
        async with as_organisation(engine, "urssaf-b") as connection:
            touched = {tuple(row) for row in await connection.execute(changed)}
        assert not touched & {tuple(row[key.name] for key in table.primary_key.columns) for row in theirs}


def belongs(row: dict[str, Any]) -> bool:
    """Whether a row is of `urssaf-b`, as its values tell."""
    return (
        "urssaf-a" not in row.values()
        and THEIRS not in row.values()
        and not any(isinstance(value, str) and value.endswith("-a") for value in row.values())
    )


async def writable(connection: AsyncConnection, name: str) -> list[str]:
    query = text(
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE grantee = 'parcours_tenant' AND privilege_type = 'UPDATE' AND table_name = :name"
    )
    return list((await connection.execute(query, {"name": name})).scalars())


async def test_an_organisation_still_writes_in_its_own_files(engine: AsyncEngine) -> None:
    note = {"siren": MINE, "organisation": "urssaf-b", "subject": "x", "author": "x", "text": "x", "id": uuid4()}
    assert await as_b(engine, insert(TABLES["notes"]).values(note)) == 1
    tasks = TABLES["tasks"]
    assert await as_b(engine, update(tasks).where(tasks.c.siren == MINE).values(status="done")) == 1
