"""What every test may ask for: real PostgreSQL, real Temporal, nothing left behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings as examples
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal, environment_binary
from config.temporal import connect

MEMORY = Path("/dev/shm")
TEMPLATE = "migrated"
_numbers = count(1)

# A slow machine is no failure.
examples.register_profile("parcours", deadline=None)
examples.register_profile("fast", deadline=None, max_examples=10)
examples.load_profile("parcours")


@pytest.fixture(scope="session")
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one, which PostgreSQL's unprivileged user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="parcours-test-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def postgres(fast_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """One PostgreSQL for the session, not durable."""
    async with EmbeddedPostgres(fast_folder, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
async def migrated_postgres(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """The same server, with a migrated database to copy, open to the login of Parcours."""
    from db.migrate import upgrade
    from db.roles import open_to_application

    await postgres.execute(f"CREATE DATABASE {TEMPLATE}")
    await upgrade(postgres.url_of(TEMPLATE))
    await open_to_application(postgres.url_of(TEMPLATE), postgres.application_url_of(TEMPLATE))
    return postgres


@pytest.fixture
async def database_url(migrated_postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """URL of a fresh, migrated database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    await migrated_postgres.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield migrated_postgres.url_of(name)
    await migrated_postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def application_url(migrated_postgres: EmbeddedPostgres, database_url: str) -> str:
    """The same database by the login that reads and writes rows, and no more."""
    return migrated_postgres.application_url_of(database_url.rpartition("/")[2])


@pytest.fixture(scope="session")
async def dev_server(fast_folder: Path) -> AsyncIterator[EmbeddedTemporal]:
    """One Temporal development server for the session."""
    async with EmbeddedTemporal(fast_folder, ui=False) as server:
        yield server


@pytest.fixture(scope="session")
async def temporal(dev_server: EmbeddedTemporal) -> Client:
    """Client of the session's development server."""
    return await connect(dev_server.address, dev_server.namespace)


@pytest.fixture
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A time-skipping test server of the test's own."""
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=environment_binary("temporal-test-server"), data_converter=pydantic_data_converter
    )
    async with environment:
        yield environment
