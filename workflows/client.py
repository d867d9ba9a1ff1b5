"""How the rest of the system speaks to a journey."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import TemporalError

from activities.contract import ASK, JOURNEY, JOURNEYS_QUEUE, NUDGE, JourneyStart, workflow_id
from domain.requests import Reply, Request

ANSWER_WITHIN = timedelta(seconds=10)


class NoAnswer(Exception):
    """No journey answered in time, or Temporal is away: the same request may be repeated."""


async def ask(temporal: Client, siren: str, request: Request) -> Reply:
    """Ask a journey and wait for its answer, waking it again when it is closed; raises NoAnswer after ten seconds."""
    start: WithStartWorkflowOperation[Any, None] = WithStartWorkflowOperation(
        JOURNEY,
        JourneyStart(siren),
        id=workflow_id(siren),
        task_queue=JOURNEYS_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            reply: Reply = await temporal.execute_update_with_start_workflow(
                ASK, request, start_workflow_operation=start, result_type=Reply, rpc_timeout=ANSWER_WITHIN
            )
    except (TemporalError, TimeoutError, RuntimeError) as error:  # RuntimeError: a client that could not connect yet
        raise NoAnswer(type(error).__name__) from error
    return reply


async def nudge(temporal: Client, siren: str) -> None:
    """Wake a journey, or start its workflow when none runs."""
    await temporal.start_workflow(
        JOURNEY,
        JourneyStart(siren),
        id=workflow_id(siren),
        task_queue=JOURNEYS_QUEUE,
        start_signal=NUDGE,
        rpc_timeout=ANSWER_WITHIN,
    )
