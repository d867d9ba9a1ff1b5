"""The login by which Parcours works reads and writes rows, over all organisations or one, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.embedded.postgres import EmbeddedPostgres
from db.engine import make_engine
from db.migrate import schema, upgrade
from db.roles import NotOpened, open_to_application
from db.tables import metadata
from db.tenancy import TENANT, as_organisation, holder
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
        "CREATE TEMPORARY TABLE notes (x int)",
        "CREATE INDEX mine ON notes (text)",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('postgresql.conf')",
        "ALTER ROLE current_user SUPERUSER",
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


def as_login(url: str, name: str, password: str = "x") -> str:
    return make_url(url).set(username=name, password=password).render_as_string(hide_password=False)


async def runs(url: str, *statements: str) -> None:
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()


async def inherited(url: str) -> tuple[bool, bool]:
    """Whether the login of this URL may take the role of organisations, and has its policies already."""
    engine = make_engine(url, pool_size=1)
    async with engine.connect() as connection:
        held = [
            await connection.scalar(text("SELECT pg_has_role(:role, :how)"), {"role": TENANT, "how": how})
            for how in ("MEMBER", "USAGE")
        ]
    await engine.dispose()
    return held[0], held[1]


@pytest.mark.parametrize(
    "password", ["another", "d\u00e9j\u00e0", "de\u0301ja\u0300"], ids=["plain", "composed", "decomposed"]
)
async def test_the_password_is_that_of_the_url_at_each_run(
    database_url: str, application_url: str, password: str
) -> None:
    changed = make_url(application_url).set(password=password).render_as_string(hide_password=False)
    await open_to_application(database_url, changed)
    await runs(changed, "SELECT 1 FROM notes")
    with pytest.raises(DBAPIError, match="password authentication failed"):
        await runs(application_url, "SELECT 1")


async def test_another_login_is_opened_and_the_former_keeps_its_rows(
    database_url: str, application: AsyncEngine, application_url: str
) -> None:
    other = as_login(database_url, "parcours-other")
    try:
        await open_to_application(database_url, other)
        for url in (application_url, other):
            await runs(url, "DO $$ BEGIN ASSERT (SELECT count(*) FROM journeys) = 2; END $$")
    finally:
        await runs(database_url, 'DROP OWNED BY "parcours-other"', 'DROP ROLE "parcours-other"')
    await runs(application_url, "DO $$ BEGIN ASSERT (SELECT count(*) FROM journeys) = 2; END $$")


@pytest.mark.parametrize(
    ("with_", "found"),
    [
        ("SUPERUSER", "is superuser"),
        ("CREATEROLE", "may create roles"),
        ("BYPASSRLS", "is held back by no policy"),
        ("IN ROLE parcours", "owns the tables"),
    ],
)
async def test_a_login_that_may_do_more_is_refused_and_says_why(database_url: str, with_: str, found: str) -> None:
    await runs(database_url, f"CREATE ROLE mighty LOGIN PASSWORD 'before' {with_}")
    try:
        with pytest.raises(NotOpened, match=found):
            await open_to_application(database_url, as_login(database_url, "mighty"))
        await runs(as_login(database_url, "mighty", "before"), "SELECT 1")
    finally:
        await runs(database_url, "DROP ROLE mighty")


@pytest.fixture
async def plain_owner(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database whose owner may create no role, as managed servers have it."""
    await postgres.execute("CREATE ROLE plain_owner LOGIN PASSWORD 'x'")
    await postgres.execute(f"GRANT {TENANT} TO plain_owner")
    await postgres.execute("CREATE DATABASE of_plain_owner OWNER plain_owner")
    url = as_login(postgres.url_of("of_plain_owner"), "plain_owner")
    await upgrade(url)
    yield url
    await postgres.execute("DROP DATABASE of_plain_owner WITH (FORCE)")
    await postgres.execute("DROP ROLE plain_owner")


async def test_what_an_administrator_is_asked_to_run_is_enough(
    postgres: EmbeddedPostgres, migrated_postgres: EmbeddedPostgres, plain_owner: str
) -> None:
    url = as_login(plain_owner, "made by hand")
    with pytest.raises(NotOpened) as told:
        await open_to_application(plain_owner, url)
    remedy = str(told.value).partition("run: ")[2].replace("…", "x")
    try:
        for statement in remedy.split(";")[:-1]:
            await postgres.execute(statement)
        for _ in range(2):
            await open_to_application(plain_owner, url)
        await runs(url, "DELETE FROM notes")
        assert await inherited(url) == (True, False)
    finally:
        await runs(postgres.url_of("of_plain_owner"), 'DROP OWNED BY "made by hand"')
        await postgres.execute('DROP ROLE "made by hand"')


async def test_a_login_that_inherits_the_role_of_organisations_is_refused_until_it_does_not(
    postgres: EmbeddedPostgres, migrated_postgres: EmbeddedPostgres, plain_owner: str
) -> None:
    url = as_login(plain_owner, "heir")
    await postgres.execute("CREATE ROLE heir LOGIN PASSWORD 'x'")
    await postgres.execute(f"GRANT {TENANT} TO heir")
    try:
        with pytest.raises(NotOpened, match="heir inherits") as told:
            await open_to_application(plain_owner, url)
        for statement in str(told.value).partition("run: ")[2].split(";")[:-1]:
            await postgres.execute(statement)
        await open_to_application(plain_owner, url)
        assert await inherited(url) == (True, False)
    finally:
        await runs(postgres.url_of("of_plain_owner"), "DROP OWNED BY heir")
        await postgres.execute("DROP ROLE heir")


async def test_an_owner_who_may_mends_what_a_login_inherits(database_url: str) -> None:
    await runs(database_url, "CREATE ROLE heir LOGIN PASSWORD 'x'", f"GRANT {TENANT} TO heir")
    url = as_login(database_url, "heir")
    try:
        await open_to_application(database_url, url)
        assert await inherited(url) == (True, False)
    finally:
        await runs(database_url, "DROP OWNED BY heir", "DROP ROLE heir")
