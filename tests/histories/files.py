"""Stored histories: written once, replayed at every test run, never written again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory

from activities.contract import workflow_id
from tests.journeys.town import SIREN

FOLDER = Path(__file__).parent / "stored"
RECORDING = bool(os.environ.get("RECORD_HISTORIES"))
COMMANDS = ("TIMER_STARTED", "ACTIVITY_TASK_SCHEDULED", "MARKER_RECORDED", "CONTINUED_AS_NEW", "EXECUTION_COMPLETED")


def files(kind: str = "") -> list[Path]:
    """The stored runs of one kind of journey, or of all, the first run first."""
    return sorted(FOLDER.glob(f"{kind}-*.json" if kind else "*.json"))


def read(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(workflow_id(SIREN), file.read_text())


def write(kind: str, runs: list[WorkflowHistory]) -> None:
    """Store the runs of a kind of journey that has none yet."""
    assert not files(kind), f"{kind} is stored: a changed loop keeps its old histories and adds a story"
    for number, run in enumerate(runs):
        (FOLDER / f"{kind}-{number}.json").write_text(run.to_json())


async def runs_of(temporal: Client) -> list[WorkflowHistory]:
    """Every run of the journey's workflow, the first one first."""
    found = [await temporal.get_workflow_handle(workflow_id(SIREN)).fetch_history()]
    while previous := _started(found[0]).get("continuedExecutionRunId"):
        handle = temporal.get_workflow_handle(workflow_id(SIREN), run_id=previous)
        found.insert(0, await handle.fetch_history())
    return found


def commands(run: WorkflowHistory) -> list[str]:
    """What the loop asked for, in order; waking and idling of tasks left out."""
    types = [str(event["eventType"]) for event in json.loads(run.to_json())["events"]]
    return [it.removeprefix("EVENT_TYPE_") for it in types if it.endswith(COMMANDS)]


def _started(history: WorkflowHistory) -> dict[str, Any]:
    first: dict[str, Any] = json.loads(history.to_json())["events"][0]
    return dict(first["workflowExecutionStartedEventAttributes"])
