"""Plants on both Temporal servers, and the providers they write to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from config.embedded.temporal import EmbeddedTemporal
from db.engine import make_engine
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio
from tests.faults.desk import Desk
from tests.faults.plant import Plant
from tests.faults.servers import (
    hurried,
    mortal_database_plant,
    mortal_temporal_plant,
    own_folder,
    own_postgres,
    own_temporal,
)
from tests.faults.site import rulebook_of, site_of
from tests.journeys.town import one_clock

__all__ = ["mortal_database_plant", "mortal_temporal_plant", "own_folder", "own_postgres", "own_temporal"]


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
async def sendgrid() -> AsyncIterator[FakeSendGrid]:
    async with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
async def hurried_plant(
    database_url: str, dev_server: EmbeddedTemporal, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    """A plant on the development server, where a dead worker is noticed in seconds."""
    async with hurried(database_url, dev_server.address, twilio, sendgrid) as built:
        yield built


@pytest.fixture
async def skipped_plant(
    database_url: str, time_skipping: WorkflowEnvironment, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    """A plant on the time-skipping server."""
    address = time_skipping.client.service_client.config.target_host
    async with hurried(database_url, address, twilio, sendgrid, one_clock(time_skipping)) as built:
        yield built


@pytest.fixture
async def desk(database_url: str, twilio: FakeTwilio, sendgrid: FakeSendGrid) -> AsyncIterator[Desk]:
    """A desk with nothing opened yet."""
    engine = make_engine(database_url, pool_size=5)
    rulebook = await rulebook_of(engine)
    yield Desk(engine, rulebook, site_of(database_url, "", twilio, sendgrid), twilio, sendgrid)
    await engine.dispose()
