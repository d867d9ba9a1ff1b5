"""Temporal's own patience shortened for tests: a dead worker is noticed in seconds. Nothing of ours is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import client, worker
from temporalio.common import RetryPolicy
from temporalio.plugin import SimplePlugin

TASK_TIMEOUT = timedelta(seconds=1)
ATTEMPT_TIMEOUT = timedelta(seconds=2)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=0.2), backoff_coefficient=1)


class Hurried(SimplePlugin):
    """Given to a client, it applies to the workers of that client too."""

    def __init__(self) -> None:
        super().__init__("hurried", interceptors=[_Shortened()])

    def configure_worker(self, config: worker.WorkerConfig) -> worker.WorkerConfig:
        # Nothing cached: no task waits for a worker that died (the time-skipping server would wait for ever).
        return super().configure_worker({**config, "max_cached_workflows": 0})


class _Shortened(client.Interceptor, worker.Interceptor):
    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        return _ShortTasks(next)

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        return _Inbound


class _ShortTasks(client.OutboundInterceptor):
    async def start_workflow(self, input: client.StartWorkflowInput) -> client.WorkflowHandle[Any, Any]:
        input.task_timeout = TASK_TIMEOUT
        return await super().start_workflow(input)


class _Inbound(worker.WorkflowInboundInterceptor):
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_ShortAttempts(outbound))


class _ShortAttempts(worker.WorkflowOutboundInterceptor):
    def start_activity(self, input: worker.StartActivityInput) -> Any:
        input.start_to_close_timeout = ATTEMPT_TIMEOUT
        input.retry_policy = RETRY
        return super().start_activity(input)
