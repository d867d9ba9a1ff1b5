"""A worker's health check: Temporal has heard this machine poll both of its task queues lately."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.contract import DELIVERIES_QUEUE, JOURNEYS_QUEUE
from cli.process import prepared, run
from config.errors import OperatorError
from config.settings import Settings
from config.temporal import connect_with

QUEUES = {
    JOURNEYS_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    DELIVERIES_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
PATIENCE = timedelta(seconds=5)
# A poll waits for a task for a minute at most, then begins again.
LATELY = timedelta(minutes=2)


class Idle(OperatorError):
    """A task queue has not been polled from here."""


def main() -> None:
    """Exit 0 when this machine's worker polls, 1 with the reason otherwise."""
    settings = prepared()
    try:
        run(lambda: check(settings))
    except OperatorError as error:
        sys.exit(str(error))
    except RPCError as error:
        sys.exit(f"Temporal refused: {error.message}")


async def check(settings: Settings) -> None:
    """Raise Idle naming the first queue that no worker of this machine polls."""
    client = await connect_with(settings, patience=PATIENCE)
    for queue, kind in QUEUES.items():
        if not any(_is_ours(poller) for poller in await _pollers(client, queue, kind)):
            raise Idle(f"no worker of {socket.gethostname()} polls {queue}")


async def _pollers(client: Client, queue: str, kind: TaskQueueType.ValueType) -> Iterable[PollerInfo]:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    return (await client.workflow_service.describe_task_queue(request, timeout=PATIENCE)).pollers


def _is_ours(poller: PollerInfo) -> bool:
    """Whether a client that calls itself `pid@host`, the SDK's default, polls from this host."""
    heard = poller.last_access_time.ToDatetime(tzinfo=UTC)
    return poller.identity.endswith(f"@{socket.gethostname()}") and datetime.now(UTC) - heard < LATELY


if __name__ == "__main__":
    main()
