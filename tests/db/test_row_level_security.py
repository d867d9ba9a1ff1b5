"""Queries without any filter, as the role the API and the console take."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.embedded.postgres import EmbeddedPostgres
from db.engine import make_engine
from db.migrate import upgrade
from db.tables import metadata
from db.tenancy import TENANT, as_organisation, holder
from tests.db.rows import fill
from tests.deploy.backups import dump

ROOT = Path(__file__).parents[2]
TABLES = metadata.tables
KNOWN_TO_ALL = {"policies"}
CLOSED = {"idempotency", "link_deeds", "paces", "sessions", "sign_ins", "upkeep"}
OWN = sorted(set(TABLES) - KNOWN_TO_ALL - CLOSED)

# What speaks for no organisation: it compares SIRENs of all, answers providers, measures, or proves who calls;
# what applies an event as the journey's own system does, and looks at the organisation under its lock.
BEYOND = {
    "api/cases/contacts.py",
    "api/events/intake.py",
    "api/gauges.py",
    "api/health.py",
    "api/idempotency.py",
    "api/webhooks.py",
    "web/console/details.py",
    "web/console/development.py",
    "web/console/open_sessions.py",
    "web/console/openid.py",
    "web/console/sessions.py",
}


@pytest.fixture
async def two_organisations(database_url: str) -> AsyncIterator[AsyncEngine]:
    """One row of every table for each of two organisations."""
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        for organisation, siren in (("urssaf-a", "732829320"), ("urssaf-b", "552100554")):
            await fill(connection, organisation, siren)
    yield engine
    await engine.dispose()


async def test_every_table_has_row_level_security(two_organisations: AsyncEngine) -> None:
    """A new table comes with a migration like 0008: closed, or open to what belongs to the organisation."""
    async with two_organisations.connect() as connection:
        rows = await connection.execute(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"))
        assert set(TABLES) - set(rows.scalars()) == set()


@pytest.mark.parametrize("name", OWN)
async def test_a_query_without_filter_shows_nothing_of_another_organisation(
    two_organisations: AsyncEngine, name: str
) -> None:
    async with two_organisations.connect() as connection:
        stored = (await connection.execute(select(TABLES[name]))).all()
    async with as_organisation(two_organisations, "urssaf-a") as connection:
        shown = (await connection.execute(select(TABLES[name]))).all()
    assert len(stored) == 2
    assert len(shown) == 1
    assert "urssaf-b" not in str(shown)
    assert "552100554" not in str(shown)


@pytest.mark.parametrize("name", OWN)
async def test_without_an_organisation_nothing_is_shown(two_organisations: AsyncEngine, name: str) -> None:
    async with two_organisations.begin() as connection:
        await connection.execute(text(f"SET LOCAL ROLE {TENANT}"))
        assert (await connection.execute(select(TABLES[name]))).all() == []


@pytest.mark.parametrize("name", sorted(CLOSED))
async def test_what_belongs_to_no_organisation_is_closed_to_all(two_organisations: AsyncEngine, name: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with as_organisation(two_organisations, "urssaf-a") as connection:
            await connection.execute(select(TABLES[name]))


NOTE = {"siren": "552100554", "subject": "x", "author": "x", "text": "x"}
WRITES: dict[str, dict[str, Any]] = {
    "notes": {**NOTE, "id": uuid4(), "organisation": "urssaf-b"},
    "subscriptions": {"id": uuid4(), "organisation": "urssaf-b", "url": "x", "types": [], "secret": "x"},
    "accesses": {"organisation": "urssaf-b", "author": "x", "role": "agent", "action": "x"},
    "agents": {"organisation": "urssaf-b", "agent": "x", "name": "x", "trained": True},
}


@pytest.mark.parametrize("name", sorted(WRITES))
async def test_nothing_is_written_for_another_organisation(two_organisations: AsyncEngine, name: str) -> None:
    with pytest.raises(DBAPIError, match="violates row-level security"):
        async with as_organisation(two_organisations, "urssaf-a") as connection:
            await connection.execute(insert(TABLES[name]).values(WRITES[name]))


@pytest.mark.parametrize("verb", ["UPDATE accesses SET author = 'x'", "DELETE FROM accesses"])
async def test_a_line_of_audit_is_neither_changed_nor_deleted(two_organisations: AsyncEngine, verb: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with as_organisation(two_organisations, "urssaf-a") as connection:
            await connection.execute(text(verb))


async def test_the_pool_gets_its_connection_back_without_role_nor_organisation(two_organisations: AsyncEngine) -> None:
    async with as_organisation(two_organisations, "urssaf-a"):
        pass
    async with two_organisations.connect() as connection:
        role, mine = (
            await connection.execute(text("SELECT current_user, current_setting('parcours.organisation', true)"))
        ).one()
        assert (role == TENANT, mine or "") == (False, "")


async def test_whose_a_row_is_can_be_asked_without_opening_the_rest(two_organisations: AsyncEngine) -> None:
    async with as_organisation(two_organisations, "urssaf-a") as connection:
        assert await holder(connection, TABLES["journeys"], siren="552100554") == "urssaf-b"
        assert await connection.scalar(select(func.count()).select_from(TABLES["journeys"])) == 1


@pytest.fixture(scope="module")
async def managed(fast_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server of its own, which never saw the role: what a first migration meets."""
    folder = fast_folder / "managed"
    folder.mkdir()
    folder.chmod(0o755)
    async with EmbeddedPostgres(folder, durable=False) as server:
        await server.execute("CREATE ROLE plain LOGIN PASSWORD 'x'")
        await server.execute("CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'x'")
        yield server


async def test_an_owner_who_may_not_create_roles_is_told_what_to_ask_for(managed: EmbeddedPostgres) -> None:
    await managed.execute("CREATE DATABASE of_plain OWNER plain")
    url = _as_user(managed.url_of("of_plain"), "plain", "x")
    with pytest.raises(DBAPIError, match=f"the role {TENANT} is missing and plain may not create it"):
        await upgrade(url)


@pytest.mark.parametrize("owner", ["creator", "plain"])
async def test_an_owner_who_is_no_superuser_migrates_takes_the_role_and_makes_backups(
    managed: EmbeddedPostgres, owner: str, tmp_path: Path
) -> None:
    """The first one creates the role, the second was given it by an administrator."""
    if owner == "plain":
        await managed.execute(f"GRANT {TENANT} TO plain")
    await managed.execute(f"CREATE DATABASE taken_by_{owner} OWNER {owner}")
    url = _as_user(managed.url_of(f"taken_by_{owner}"), owner, "x")
    await upgrade(url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        await fill(connection, "urssaf-a", "732829320")
    async with as_organisation(engine, "urssaf-a") as connection:
        assert len((await connection.execute(select(TABLES["journeys"]))).all()) == 1
    async with as_organisation(engine, "urssaf-b") as connection:
        assert (await connection.execute(select(TABLES["journeys"]))).all() == []
    await engine.dispose()
    await dump(url, tmp_path / "dump")
    assert (tmp_path / "dump").stat().st_size


def _as_user(url: str, user: str, password: str) -> str:
    scheme, rest = url.split("://")
    return f"{scheme}://{user}:{password}@{rest.split('@')[1]}"


def test_only_what_speaks_for_no_organisation_reaches_the_database_without_one() -> None:
    """Elsewhere in the API and the console: ``as_organisation``."""
    files = [*(ROOT / "api").rglob("*.py"), *(ROOT / "web" / "console").rglob("*.py")]
    assert {str(file.relative_to(ROOT)) for file in files if _opens_a_connection(file)} - BEYOND == set()


def _opens_a_connection(file: Path) -> bool:
    calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    opened = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in ("begin", "connect")]
    return any("engine" in ast.unparse(call.value) for call in opened)
