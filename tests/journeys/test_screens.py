"""Temporal's own screens tell where a journey stands: a query, the details of the wait, summaries; no more events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from temporalio.api.sdk.v1 import WorkflowMetadata

from activities.contract import STATE, JourneyLoop
from tests.journeys.test_development_server import opened_months_ago
from tests.journeys.town import Town

METADATA = "__temporal_workflow_metadata"


async def loop_of(town: Town) -> JourneyLoop:
    found: JourneyLoop = await town.handle().query(STATE, result_type=JourneyLoop)
    return found


async def summaries(town: Town) -> Sequence[str]:
    converter = town.temporal.data_converter.payload_converter
    history = await town.handle().fetch_history()
    written = [event.user_metadata.summary for event in history.events if event.HasField("user_metadata")]
    return [converter.from_payload(it, str) for it in written]


async def details(town: Town) -> str:
    metadata: Any = await town.handle().query(METADATA, result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def test_a_sleeping_journey_says_until_when_and_for_which_rules(real_town: Town) -> None:
    town = real_town
    opened = opened_months_ago(16)
    await town.open(opened_on=opened.isoformat(), first_hire_on=opened.isoformat())
    await town.quiet()
    loop = await loop_of(town)
    assert loop.wake_at is not None
    assert loop.wake_at > datetime.now(UTC)
    assert loop.wake_for
    assert (loop.deliveries, loop.requests) == (0, 0)
    assert loop.step >= 1
    assert await details(town) == str(loop)
    assert f"{loop.wake_at:%Y-%m-%d %H:%M}" in str(loop)
    assert ", ".join(loop.wake_for) in str(loop)


async def test_a_timer_is_named_by_its_rules_and_a_step_by_its_number(real_town: Town) -> None:
    town = real_town
    opened = opened_months_ago(16)
    await town.open(opened_on=opened.isoformat(), first_hire_on=opened.isoformat())
    await town.quiet()
    said = await summaries(town)
    assert ", ".join((await loop_of(town)).wake_for) in said
