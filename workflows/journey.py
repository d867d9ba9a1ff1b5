"""The life of a journey: sleep until something is owed or somebody speaks, take a step, deliver, go on.

What is decided is recorded by the step's activity and not computed again on replay, so that rules may change any day;
only this loop has to stay compatible with the histories it wrote.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.contract import (
    ASK,
    DELIVER,
    DELIVERIES_QUEUE,
    JOURNEY,
    NUDGE,
    STATE,
    TAKE_STEP,
    DeliveryOrder,
    JourneyLoop,
    JourneyStart,
    StepOrder,
    StepResult,
)
from domain.requests import Reply, Request

STEPS_PER_RUN = 60
"""A run is continued as new after about a year and a half of quiet life, long before its history weighs."""

STEP_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
DELIVERY_RETRY = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=1))
"""After failures of ours; a provider that asks for patience says how long itself."""

DONE_WITHIN = timedelta(minutes=2)
"""Longer than providers and a database that is away keep a delivery waiting."""

SILENCE = timedelta(seconds=20)
"""A delivery's worker that has said nothing for so long is dead: its letters are looked at again elsewhere."""


@workflow.defn(name=JOURNEY)
class JourneyWorkflow:
    """One enterprise, one workflow, from the opening of its account to the farewell."""

    @workflow.init
    def __init__(self, start: JourneyStart) -> None:
        self._siren = start.siren
        self._step = start.step
        self._steps_in_run = 0
        self._wake_at = start.wake_at
        self._wake_for = start.wake_for
        self._ahead = timedelta(seconds=start.ahead_seconds)
        self._nudged = start.wake_at is None
        self._requests: list[Request] = []
        self._replies: dict[str, Reply] = {}
        self._in_flight = 0

    @workflow.run
    async def run(self, start: JourneyStart) -> None:  # noqa: ARG002
        """Live until nothing is owed any more."""
        while not self._is_over:
            await self._until_something()
            if self._has_work:
                await self._take_step()
            elif self._may_renew:
                workflow.continue_as_new(self._next_run())

    @workflow.query(name=STATE)
    def state(self) -> JourneyLoop:
        """Where the loop stands; what is known of the enterprise is in the database alone."""
        return JourneyLoop(self._step, self._wake_at, self._wake_for, self._in_flight, len(self._requests))

    @workflow.signal(name=NUDGE)
    def nudge(self) -> None:
        """Facts changed: something may be owed sooner."""
        self._nudged = True

    @workflow.update(name=ASK)
    async def ask(self, request: Request) -> Reply:
        """Answer a request with the step that carries it out."""
        self._requests.append(request)
        await workflow.wait_condition(lambda: request.id in self._replies)
        return self._replies[request.id]

    @ask.validator
    def check_ask(self, request: Request) -> None:
        """A request needs an id, so that asking twice is harmless."""
        if not request.id:
            raise ValueError("a request needs an id")

    @property
    def _now(self) -> datetime:
        return workflow.now() + self._ahead

    @property
    def _is_due(self) -> bool:
        return self._wake_at is not None and self._now >= self._wake_at

    @property
    def _has_work(self) -> bool:
        return self._nudged or bool(self._requests) or self._is_due

    @property
    def _is_idle(self) -> bool:
        # A run ends with nothing in flight: an update whose answer is still on its way would be lost with it.
        return self._in_flight == 0 and not self._nudged and not self._requests and workflow.all_handlers_finished()

    @property
    def _is_over(self) -> bool:
        return self._wake_at is None and self._is_idle

    @property
    def _may_renew(self) -> bool:
        long = self._steps_in_run >= STEPS_PER_RUN or workflow.info().is_continue_as_new_suggested()
        return long and self._is_idle

    async def _until_something(self) -> None:
        self._show()
        timeout = self._wake_at - self._now if self._wake_at else None
        if timeout is not None and timeout <= timedelta():
            return
        try:
            why = ", ".join(self._wake_for) or None
            await workflow.wait_condition(self._is_roused, timeout=timeout, timeout_summary=why)
        except asyncio.TimeoutError:  # noqa: UP041
            return

    def _is_roused(self) -> bool:
        return self._nudged or bool(self._requests) or self._is_over or self._may_renew

    async def _take_step(self) -> None:
        requests, self._requests, self._nudged = tuple(self._requests), [], False
        chain = workflow.info().first_execution_run_id
        order = StepOrder(self._siren, chain, self._step + 1, self._now, requests)
        # Local: half the CPU of a regular activity; a step repeated after a kill is recognised by its number.
        result: StepResult = await workflow.execute_local_activity(
            TAKE_STEP,
            order,
            result_type=StepResult,
            start_to_close_timeout=DONE_WITHIN,
            retry_policy=STEP_RETRY,
            summary=f"step {order.step}",
        )
        self._follow(result)
        if result.repeated:
            # Taken by a worker that died before saying so: whatever this order added to that one is still to be done.
            self._nudged = True
            self._requests = [*(it for it in requests if it.id not in result.replies), *self._requests]

    def _follow(self, result: StepResult) -> None:
        self._step = result.step
        self._steps_in_run += 1
        self._ahead = max(self._ahead, result.now - workflow.now())
        self._wake_at, self._wake_for = result.wake_at, result.wake_for
        self._replies |= result.replies
        if result.deliver:
            self._in_flight += 1
            asyncio.create_task(self._deliver(result.deliver, result.deliver_in_seconds))  # noqa: RUF006

    async def _deliver(self, messages: Sequence[str], in_seconds: float) -> None:
        try:
            if in_seconds > 0:
                await workflow.sleep(in_seconds, summary="the provider asks for patience")
            await workflow.execute_activity(
                DELIVER,
                DeliveryOrder(self._siren, tuple(messages)),
                task_queue=DELIVERIES_QUEUE,
                start_to_close_timeout=DONE_WITHIN,
                heartbeat_timeout=SILENCE,
                retry_policy=DELIVERY_RETRY,
                summary=f"messages: {len(messages)}",
            )
        finally:
            self._in_flight -= 1
            # Not so when the run leaves a worker's memory: its coroutines are closed outside of it.
            if workflow.in_workflow():
                self._show()

    def _show(self) -> None:
        # Answered by a query when a screen asks: no command, no event.
        workflow.set_current_details(str(self.state()))

    def _next_run(self) -> JourneyStart:
        return JourneyStart(self._siren, self._step, self._wake_at, self._ahead.total_seconds(), self._wake_for)
