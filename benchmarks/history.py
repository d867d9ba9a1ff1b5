"""What a workflow's history holds and what Temporal Cloud would bill for it.

Actions as https://docs.temporal.io/cloud/actions counts them: a start (by continue-as-new too), a signal, an update, a
timer, an attempt of an activity are one each; local activities are one for each workflow task that runs some.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle

SKIPPED_TIME = frozenset({"WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED", "WORKFLOW_EXECUTION_OPTIONS_UPDATED"})
"""Written because the benchmark skips time; in real life there are none."""

ONE_ACTION = frozenset(
    {
        "WORKFLOW_EXECUTION_STARTED",
        "WORKFLOW_EXECUTION_SIGNALED",
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "TIMER_STARTED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    }
)
LOCAL_ACTIVITY = "core_local_activity"


@dataclass(frozen=True)
class Weight:
    """Events, bytes and billed actions of a stretch of history, and the events by kind."""

    events: int
    bytes: int
    actions: int
    kinds: dict[str, int]


async def fetch(handle: WorkflowHandle[Any, Any]) -> list[HistoryEvent]:
    """Events of the current run that real time would have written too."""
    events = (await handle.fetch_history()).events
    return [event for event in events if name_of(event) not in SKIPPED_TIME]


def between(events: Sequence[HistoryEvent], since: datetime, until: datetime) -> list[HistoryEvent]:
    """Events written in a stretch of the workflow's own time."""
    return [event for event in events if since <= event.event_time.ToDatetime(since.tzinfo) < until]


def weigh(events: Sequence[HistoryEvent]) -> Weight:
    """What a stretch of history weighs and costs."""
    kinds = Counter(name_of(event) for event in events)
    return Weight(len(events), sum(event.ByteSize() for event in events), _actions(events), dict(kinds))


def name_of(event: HistoryEvent) -> str:
    """The kind of an event without its prefix."""
    return str(EventType.Name(event.event_type)).removeprefix("EVENT_TYPE_")


def _actions(events: Sequence[HistoryEvent]) -> int:
    attempts = sum(e.activity_task_started_event_attributes.attempt for e in events)
    tasks_with_local = {
        event.marker_recorded_event_attributes.workflow_task_completed_event_id
        for event in events
        if event.marker_recorded_event_attributes.marker_name == LOCAL_ACTIVITY
    }
    return sum(name_of(event) in ONE_ACTION for event in events) + attempts + len(tasks_with_local)
