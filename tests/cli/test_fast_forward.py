"""A journey's clock is moved on, or the reason why not is given."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cli.fast_forward import _fast_forward
from config.embedded.temporal import EmbeddedTemporal
from config.errors import OperatorError
from config.settings import load

QUEUE = "fast-forward"


@workflow.defn
class Monthly:
    """Counts `months` of thirty days."""

    def __init__(self) -> None:
        self.months = 0

    @workflow.run
    async def run(self, months: int) -> int:
        while self.months < months:
            await asyncio.sleep(timedelta(days=30).total_seconds())
            self.months += 1
        return self.months

    @workflow.query
    def so_far(self) -> int:
        return self.months


async def test_everything_due_meanwhile_happens(
    temporal: Client, dev_server: EmbeddedTemporal, capsys: pytest.CaptureFixture[str]
) -> None:
    siren = str(uuid.uuid4())
    async with Worker(temporal, task_queue=QUEUE, workflows=[Monthly], workflow_runner=UnsandboxedWorkflowRunner()):
        handle = await temporal.start_workflow(Monthly.run, 4, id=f"journey-{siren}", task_queue=QUEUE)
        await _fast_forward(load(temporal_address=dev_server.address), siren, 70)
        assert await handle.query(Monthly.so_far) == 2
        await _fast_forward(load(temporal_address=dev_server.address), siren, 90)
        assert await handle.result() == 4
    assert "has ended" in capsys.readouterr().out


async def test_an_unknown_journey_is_said_to_be_unknown(dev_server: EmbeddedTemporal) -> None:
    with pytest.raises(OperatorError, match="no open journey"):
        await _fast_forward(load(temporal_address=dev_server.address), "000000000", 1)


async def test_a_server_that_cannot_says_so(time_skipping: WorkflowEnvironment) -> None:
    address = time_skipping.client.service_client.config.target_host
    with pytest.raises(OperatorError, match="cannot skip time"):
        await _fast_forward(load(temporal_address=address), "000000000", 1)
