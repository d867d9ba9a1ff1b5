"""Servers of a test's own, that may be killed and come back on the same files."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from db.migrate import upgrade
from tests.conftest import MEMORY
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio
from tests.faults.hurry import Hurried
from tests.faults.plant import Plant, plant
from tests.faults.site import site_of
from tests.journeys.town import Clock, clock_of_each


@asynccontextmanager
async def killed(server: EmbeddedTemporal | EmbeddedPostgres) -> AsyncIterator[None]:
    """Dead by SIGKILL inside the block, started again on the same files after it."""
    os.killpg(pid_of(server), signal.SIGKILL)
    await server.ended()
    yield
    await server.start()


def pid_of(server: EmbeddedTemporal | EmbeddedPostgres) -> int:
    """The process that the lock of its folder names."""
    name = "temporal" if isinstance(server, EmbeddedTemporal) else "postgres"
    return int((server.home / f"{name}.lock").read_text())


@asynccontextmanager
async def hurried(
    database_url: str, address: str, twilio: FakeTwilio, sendgrid: FakeSendGrid, clock: Clock | None = None
) -> AsyncIterator[Plant]:
    """A plant where a dead worker is noticed in seconds."""
    temporal = await Client.connect(address, data_converter=pydantic_data_converter, plugins=[Hurried()])
    site = site_of(database_url, address, twilio, sendgrid)
    async with plant(site, temporal, clock or clock_of_each(temporal), twilio, sendgrid) as built:
        yield built


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder for servers of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="parcours-fault-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def own_temporal(own_folder: Path) -> AsyncIterator[EmbeddedTemporal]:
    async with EmbeddedTemporal(own_folder, ui=False) as server:
        yield server


@pytest.fixture
async def own_postgres(own_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(own_folder) as server:
        await upgrade(server.url)
        yield server


@pytest.fixture
async def mortal_temporal_plant(
    database_url: str, own_temporal: EmbeddedTemporal, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    """A plant whose Temporal may be killed."""
    async with hurried(database_url, own_temporal.address, twilio, sendgrid) as built:
        yield built


@pytest.fixture
async def mortal_database_plant(
    own_postgres: EmbeddedPostgres, dev_server: EmbeddedTemporal, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    """A plant whose PostgreSQL may be killed."""
    async with hurried(own_postgres.url, dev_server.address, twilio, sendgrid) as built:
        yield built
