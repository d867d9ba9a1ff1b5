"""Towns on both Temporal servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.journeys.town import Town, skipping_all, skipping_one, town


@pytest.fixture
async def skipped_town(database_url: str, time_skipping: WorkflowEnvironment) -> AsyncIterator[Town]:
    """A town on the time-skipping server."""
    async with town(database_url, time_skipping.client, skipping_all(time_skipping)) as built:
        yield built


@pytest.fixture
async def real_town(database_url: str, temporal: Client) -> AsyncIterator[Town]:
    """A town on the development server."""
    async with town(database_url, temporal, skipping_one(temporal)) as built:
        yield built
