"""A journey whose steps follow a script instead of the rules: what the loop commands depends on the loop alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.contract import (
    DELIVER,
    DELIVERIES_QUEUE,
    JOURNEYS_QUEUE,
    TAKE_STEP,
    DeliveryOrder,
    StepOrder,
    StepResult,
)
from domain.requests import Ask, Reply, Request
from tests.histories.sandbox import sandbox
from tests.journeys.town import SIREN
from workflows.client import ask, nudge
from workflows.journey import STEPS_PER_RUN, JourneyWorkflow


@dataclass(frozen=True)
class Line:
    """What one step comes to: days to sleep, messages to deliver; a repeated step answers nobody."""

    days: int | None
    deliver: tuple[str, ...] = ()
    repeated: bool = False


LINES = (
    Line(3, deliver=("welcome-sms", "welcome-mail")),  # the workflow starts
    Line(30),  # a wake
    Line(20, deliver=("reminder",)),  # a nudge
    Line(20, repeated=True),  # a request, whose step a killed worker had taken before
    Line(5, deliver=("answer",)),  # the same request, taken for good
    *(Line(1) for _ in range(STEPS_PER_RUN)),  # wakes, until the run is continued as new
    Line(None, deliver=("farewell",)),  # the end
)


class Script:
    """The two activities, reading the script."""

    def __init__(self) -> None:
        self._lines: Iterator[Line] = iter(LINES)

    @activity.defn(name=TAKE_STEP)
    async def take_step(self, order: StepOrder) -> StepResult:
        line = next(self._lines)
        wake_at = None if line.days is None else order.now + timedelta(days=line.days)
        result = StepResult(order.step, order.now, wake_at, line.deliver, repeated=line.repeated)
        return result if line.repeated else replace(result, replies={it.id: ACCEPTED for it in order.requests})

    @activity.defn(name=DELIVER)
    async def deliver(self, order: DeliveryOrder) -> None:
        assert order.messages


ACCEPTED = Reply(201, "EXT-1", "prolongé")


async def follow_script(environment: WorkflowEnvironment) -> None:
    """Live the script from its first line to its last."""
    async with _working(environment.client):
        await nudge(environment.client, SIREN)
        await environment.sleep(timedelta(days=5))
        await nudge(environment.client, SIREN)
        await environment.sleep(timedelta(days=1))
        assert await ask(environment.client, SIREN, Request("r1", Ask.EXTEND)) == ACCEPTED
        await environment.sleep(timedelta(days=10 + STEPS_PER_RUN))


@asynccontextmanager
async def _working(temporal: Client) -> AsyncIterator[None]:
    script = Script()
    async with AsyncExitStack() as stack:
        steps = Worker(
            temporal,
            task_queue=JOURNEYS_QUEUE,
            workflows=[JourneyWorkflow],
            activities=[script.take_step],
            workflow_runner=sandbox(),
        )
        await stack.enter_async_context(steps)
        await stack.enter_async_context(Worker(temporal, task_queue=DELIVERIES_QUEUE, activities=[script.deliver]))
        yield
