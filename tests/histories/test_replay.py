"""Histories written by earlier versions are replayed by this one; a loop that commands otherwise is found out.

Stored histories are never written again: a new kind of journey adds a file, a changed loop keeps the old ones.
``RECORD_HISTORIES=1 pytest tests/histories`` writes those that are missing.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from tests.histories import files
from tests.histories.sandbox import sandbox
from tests.histories.script import follow_script
from tests.histories.stories import STORIES
from tests.journeys.town import Town
from workflows.journey import JourneyWorkflow

SCRIPT = "scripted_loop"


@pytest.mark.parametrize("file", files.files(), ids=lambda file: file.stem)
async def test_a_stored_history_replays(file: Path) -> None:
    replayer = Replayer(
        workflows=[JourneyWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=sandbox(),
    )
    await replayer.replay_workflow(files.read(file))


@pytest.mark.parametrize("kind", STORIES)
def test_every_kind_of_journey_has_a_stored_history(kind: str) -> None:
    assert files.files(kind) or files.RECORDING, "record it: RECORD_HISTORIES=1 pytest tests/histories"


async def test_the_loop_commands_what_it_commanded_when_its_script_was_stored(
    time_skipping: WorkflowEnvironment,
) -> None:
    await follow_script(time_skipping)
    lived = await files.runs_of(time_skipping.client)
    if files.RECORDING and not files.files(SCRIPT):
        files.write(SCRIPT, lived)
    stored = [files.commands(files.read(it)) for it in files.files(SCRIPT)]
    assert [files.commands(it) for it in lived] == stored, "version the loop (workflow.patched) and add a script"


@pytest.mark.skipif(not files.RECORDING, reason="stories are lived again to be stored only: RECORD_HISTORIES=1")
@pytest.mark.parametrize("kind", [it for it in STORIES if not files.files(it)])
async def test_a_new_kind_of_journey_is_stored(skipped_town: Town, kind: str) -> None:
    await STORIES[kind](skipped_town)
    files.write(kind, await files.runs_of(skipped_town.temporal))
