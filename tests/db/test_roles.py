"""The login by which Parcours works reads and writes rows, over all organisations or one, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from db.migrate import schema
from db.roles import NotOpened, open_to_application
from db.tables import metadata
from db.tenancy import as_organisation, holder
from tests.db.rows import fill

TABLES = metadata.tables


@pytest.fixture
async def application_url(database_url: str) -> AsyncIterator[str]:
    url = make_url(database_url).set(username="parcours-app", password="it's'x")
    shown = url.render_as_string(hide_password=False)
    await open_to_application(database_url, shown)
    await open_to_application(database_url, shown)
    yield shown
    owner = make_engine(database_url, pool_size=1)
    async with owner.begin() as connection:
        await connection.execute(text('DROP OWNED BY "parcours-app"'))
        await connection.execute(text('DROP ROLE "parcours-app"'))
    await owner.dispose()


@pytest.fixture
async def application(application_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(application_url, pool_size=2)
    async with engine.begin() as connection:
        await fill(connection, "urssaf-a", "732829320")
        await fill(connection, "urssaf-b", "552100554")
    yield engine
    await engine.dispose()


async def test_rows_of_all_organisations_are_read_and_written(application: AsyncEngine, application_url: str) -> None:
    async with application.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            assert len((await connection.execute(select(table))).all()) >= 2
            await connection.execute(table.delete())
    assert not (await schema(application_url)).is_behind


async def test_one_organisation_is_confined_as_ever(application: AsyncEngine) -> None:
    journeys = TABLES["journeys"]
    async with as_organisation(application, "urssaf-a") as connection:
        assert [row.siren for row in await connection.execute(select(journeys))] == ["732829320"]
        assert await holder(connection, journeys, siren="552100554") == "urssaf-b"
    with pytest.raises(DBAPIError, match=r"permission denied|row-level security"):
        async with as_organisation(application, "urssaf-a") as connection:
            await connection.execute(insert(journeys).values(siren="123"))


@pytest.mark.parametrize(
    "verb",
    [
        "CREATE TABLE mine (x int)",
        "DROP TABLE notes",
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "TRUNCATE accesses",
        "CREATE ROLE another",
        "DELETE FROM alembic_version",
        "COPY notes TO PROGRAM 'true'",
    ],
)
async def test_the_schema_and_the_server_are_out_of_reach(application: AsyncEngine, verb: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with application.begin() as connection:
            await connection.exec_driver_sql(verb)


async def test_an_owner_who_may_not_is_told_what_to_ask_for(application_url: str) -> None:
    other = make_url(application_url).set(username="nobody-yet", password="x").render_as_string(hide_password=False)
    with pytest.raises(NotOpened, match='CREATE ROLE "nobody-yet" LOGIN'):
        await open_to_application(application_url, other)
