"""Towns on both Temporal servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from tests.journeys.town import Town, clock_of_each, one_clock, town


@pytest.fixture
async def skipped_town(database_url: str, time_skipping: WorkflowEnvironment) -> AsyncIterator[Town]:
    """A town on the time-skipping server."""
    async with town(database_url, time_skipping.client, one_clock(time_skipping)) as built:
        yield built


@pytest.fixture
async def real_town(database_url: str, temporal: Client) -> AsyncIterator[Town]:
    """A town on the development server."""
    async with town(database_url, temporal, clock_of_each(temporal)) as built:
        yield built
        # The server is shared by the session: the next town has an enterprise of the same number.
        with suppress(RPCError):
            await built.handle().terminate()
