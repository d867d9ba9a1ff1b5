"""Migrations through Alembic's own interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

FOLDER = Path(__file__).resolve().parent.parent / "migrations"

# Two processes that start at once migrate one after the other.
LOCK = 7_305_115_113


def newest() -> str:
    """The newest revision this code knows."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a database stands: its revision (empty: none), and the newest one this code knows."""

    revision: str
    newest: str
    is_newer: bool

    @property
    def is_behind(self) -> bool:
        """Whether this code has migrations that the database lacks."""
        return self.revision != self.newest and not self.is_newer


def _upgrade(connection: Connection) -> Schema:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if _schema(connection).is_behind:
        command.upgrade(_config(connection), "head")
    return _schema(connection)


def _schema(connection: Connection) -> Schema:
    """Migrations only add, and each version brings all those before it: a revision not known here is a later one."""
    scripts = ScriptDirectory.from_config(_config(connection))
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    known = {script.revision for script in scripts.walk_revisions()}
    return Schema(revision, scripts.get_current_head() or "", is_newer=bool(revision) and revision not in known)


async def upgrade(url: str) -> Schema:
    """Bring a database to the newest schema; does nothing when it is there, or beyond."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        schema = await connection.run_sync(_upgrade)
    await engine.dispose()
    return schema


async def schema(url: str) -> Schema:
    """Where a database stands."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(_schema)
    await engine.dispose()
    return found
