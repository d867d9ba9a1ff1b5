"""After a restored backup, of the database or of Temporal, every journey goes on and nothing is said twice."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus

from activities.contract import workflow_id
from cli.restore_journeys import wake_all
from config.embedded.postgres import EmbeddedPostgres
from db.engine import make_engine
from db.roles import rights_beyond_rows
from db.tables import journeys
from db.tenancy import as_organisation
from tests.db.rows import fill
from tests.deploy.backups import dump, restored
from tests.deploy.installation import ROOT
from tests.faults.plant import eventually
from tests.journeys.town import ACCOUNT, SIREN, Town, clock_of_each, town

RUNNING, TERMINATED = WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.TERMINATED
DUE_ON = (datetime.now(UTC).replace(day=1) + timedelta(days=62)).date().replace(day=25)
"""In one or two months, and never the day of a due date that the journey expects by itself."""
DUE = {"account": ACCOUNT, "period": "2030-01", "due_on": DUE_ON.isoformat(), "amount": "100.00"}


@pytest.fixture
async def clean(temporal: Client) -> AsyncIterator[None]:
    yield
    await temporal.get_workflow_handle(workflow_id(SIREN)).terminate()


async def status(of: Town) -> WorkflowExecutionStatus | None:
    return (await of.handle().describe()).status


async def is_running_again(of: Town) -> None:
    async def running() -> bool:
        return await status(of) is RUNNING

    await eventually(running)
    await of.quiet()


async def said(by: Town) -> Counter[tuple[str, str, date]]:
    kept = [it for it in await by.messages() if it.status in ("sent", "delivered")]
    return Counter((it.template, it.channel, it.on) for it in kept)


async def live_past_the_due_date(on: Town) -> None:
    await on.until(DUE_ON)
    once = await said(on)
    assert {"welcome", "due_reminder"} <= {template for template, _, _ in once}
    assert set(once.values()) == {1}


@pytest.mark.usefixtures("clean")
async def test_a_lost_temporal_is_filled_again_from_the_database(
    database_url: str, migrated_postgres: EmbeddedPostgres, temporal: Client, tmp_path: Path
) -> None:
    async with town(database_url, temporal, clock_of_each(temporal)) as before:
        await before.open()
        await before.tell("contribution.due", **DUE)
        await dump(database_url, tmp_path / "parcours.dump")
    await before.handle().terminate()
    async with (
        restored(migrated_postgres, tmp_path / "parcours.dump") as url,
        town(url, temporal, clock_of_each(temporal)) as after,
    ):
        await after.quiet()
        assert await status(after) is TERMINATED
        assert await wake_all(after.engine) == 1
        await is_running_again(after)
        await live_past_the_due_date(after)


@pytest.mark.usefixtures("clean")
async def test_a_database_older_than_temporal_learns_again_what_is_sent_again(
    database_url: str, migrated_postgres: EmbeddedPostgres, temporal: Client, tmp_path: Path
) -> None:
    async with town(database_url, temporal, clock_of_each(temporal)) as before:
        await before.open()
        await dump(database_url, tmp_path / "parcours.dump")
        await before.tell("contribution.due", **DUE)
    async with (
        restored(migrated_postgres, tmp_path / "parcours.dump") as url,
        town(url, temporal, clock_of_each(temporal)) as after,
    ):
        assert await wake_all(after.engine) == 1
        await after.tell("contribution.due", **DUE)
        await live_past_the_due_date(after)


@pytest.mark.usefixtures("clean")
async def test_a_temporal_older_than_the_database_takes_no_step_twice(database_url: str, temporal: Client) -> None:
    async with town(database_url, temporal, clock_of_each(temporal)) as lived:
        await lived.open()
        await lived.tell("contribution.due", **DUE)
        before = (await said(lived), len(await lived.timeline()))
        await temporal.workflow_service.reset_workflow_execution(_to_the_beginning(temporal))
        assert await wake_all(lived.engine) == 1
        await is_running_again(lived)
        assert (await said(lived), len(await lived.timeline())) == before
        await live_past_the_due_date(lived)


def _to_the_beginning(temporal: Client) -> Any:
    return ResetWorkflowExecutionRequest(
        namespace=temporal.namespace,
        workflow_execution=WorkflowExecution(workflow_id=workflow_id(SIREN)),
        reason="restored from an older backup",
        workflow_task_finish_event_id=4,
        request_id="reset",
    )


async def test_waking_twice_owes_no_more_than_once(database_url: str, temporal: Client) -> None:
    async with town(database_url, temporal, clock_of_each(temporal)) as lived:
        await lived.open()
        await lived.handle().terminate()
    engine = lived.engine
    assert [await wake_all(engine) for _ in range(3)] == [1, 0, 0]
    await engine.dispose()


@pytest.fixture
async def new_server(fast_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server that never saw a role of ours, once the guide's line for it was typed."""
    folder = fast_folder / "new_server"
    folder.mkdir()
    folder.chmod(0o755)
    guide = (ROOT / "docs" / "operations.md").read_text().partition("**On a new server**")[2].partition("```sh\n")[2]
    [line] = [it for it in guide.partition("\n```")[0].splitlines() if "psql" in it]
    words = shlex.split(line)
    async with EmbeddedPostgres(folder, durable=False) as server:
        for statement in (word for before, word in pairwise(words) if before == "-c"):
            await server.execute(statement)
        yield server


async def test_on_a_new_server_the_roles_of_the_guide_are_enough(
    database_url: str, application_url: str, new_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    engine = make_engine(application_url, pool_size=1)
    async with engine.begin() as connection:
        await fill(connection, "urssaf-a", SIREN)
    await engine.dispose()
    await dump(database_url, tmp_path / "parcours.dump")
    async with restored(new_server, tmp_path / "parcours.dump") as url:
        again = make_engine(new_server.application_url_of(url.rpartition("/")[2]), pool_size=1)
        async with again.begin() as connection:
            assert await rights_beyond_rows(connection) == []
        async with as_organisation(again, "urssaf-a") as connection:
            assert (await connection.scalars(select(journeys.c.siren))).all() == [SIREN]
        await again.dispose()
