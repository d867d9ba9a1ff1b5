"""Histories written by earlier versions are replayed by this one; a loop that commands otherwise is found out.

Stored histories are never written again: a new kind of journey adds a file, a changed loop keeps the old ones.
``RECORD_HISTORIES=1 pytest tests/histories`` writes those that are missing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from activities.contract import workflow_id
from tests.histories.stories import STORIES
from tests.journeys.town import SIREN, Town
from workflows.journey import JourneyWorkflow

FOLDER = Path(__file__).parent / "stored"
FILES = sorted(FOLDER.glob("*.json"))
COMMANDS = ("TIMER_STARTED", "ACTIVITY_TASK_SCHEDULED", "MARKER_RECORDED", "CONTINUED_AS_NEW", "EXECUTION_COMPLETED")


async def runs_of(town: Town) -> list[WorkflowHistory]:
    """Every run of the journey's workflow, the first one first."""
    newest = town.temporal.get_workflow_handle(workflow_id(SIREN))
    found = [await newest.fetch_history()]
    while previous := _started(found[0]).get("continuedExecutionRunId"):
        handle = town.temporal.get_workflow_handle(workflow_id(SIREN), run_id=previous)
        found.insert(0, await handle.fetch_history())
    return found


def _started(history: WorkflowHistory) -> dict[str, Any]:
    first: dict[str, Any] = json.loads(history.to_json())["events"][0]
    return dict(first["workflowExecutionStartedEventAttributes"])


def commands(history: str) -> list[str]:
    """What the loop asked for, in order; waking and idling of tasks left out."""
    types = [str(event["eventType"]) for event in json.loads(history)["events"]]
    return [it for it in types if it.endswith(COMMANDS)]


def stored(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(workflow_id(SIREN), file.read_text())


def stored_or_recorded(name: str, lived: str) -> str:
    file = FOLDER / f"{name}.json"
    if os.environ.get("RECORD_HISTORIES") and not file.exists():
        file.write_text(lived)
    return file.read_text()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_stored_history_replays(file: Path) -> None:
    replayer = Replayer(
        workflows=[JourneyWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(restrictions=worker.PASSED),
    )
    await replayer.replay_workflow(stored(file))


@pytest.mark.parametrize("name", STORIES)
async def test_the_loop_commands_what_it_commanded_when_the_story_was_stored(skipped_town: Town, name: str) -> None:
    await STORIES[name](skipped_town)
    for number, history in enumerate(await runs_of(skipped_town)):
        lived = history.to_json()
        stored = stored_or_recorded(f"{name}-{number}", lived)
        assert commands(lived) == commands(stored), "version the loop (workflow.patched) and add a story"
