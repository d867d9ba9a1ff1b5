"""Who may end which task: the supervisor's are not an agent's, a mediation is nobody's about themselves (MED-1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import events, journeys, tasks
from tests.api.examples import OTHER_SIREN, SIREN, add_journey, add_task, bearing

WHO = ("agent", "supervisor", "mediator", "admin")
MAY = {
    ("call", "referent"): {"agent", "supervisor", "admin"},
    ("handover", "common_law"): {"agent", "supervisor", "admin"},
    ("plan_answer", "supervisor"): {"supervisor", "admin"},
    ("mediation", "mediator"): {"supervisor", "mediator", "admin"},
    ("mediation", "supervisor"): {"supervisor", "mediator", "admin"},
}


@pytest.fixture
async def mediator(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with bearing(app, "mediator-idf-token") as client:
        yield client


async def end(client: httpx.AsyncClient, task: UUID) -> int:
    return (await client.post(f"/v1/tasks/{task}/done", json={"outcome": "done"})).status_code


async def told(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return len((await connection.execute(select(events).where(events.c.type == "task.done"))).all())


@pytest.mark.parametrize(("kind", "queue"), sorted(MAY))
@pytest.mark.parametrize("assignee", [None, "alice.martin"])
async def test_a_task_is_ended_by_those_it_is_for(
    app: FastAPI, engine: AsyncEngine, kind: str, queue: str, assignee: str | None
) -> None:
    await add_journey(engine, referent="karim.benali")
    for role in WHO:
        task = await add_task(engine, kind=kind, queue=queue, assignee=assignee)
        async with bearing(app, f"{role}-idf-token") as client:
            assert await end(client, task) == (200 if role in MAY[kind, queue] else 403), role
    assert await told(engine) == len(MAY[kind, queue])


@pytest.mark.parametrize("whose", ["referent", "former_referent"])
@pytest.mark.parametrize("who", ["mediator-idf-token", "supervisor-idf-token"])
async def test_nobody_ends_a_mediation_about_themselves(
    app: FastAPI, engine: AsyncEngine, whose: str, who: str
) -> None:
    name = {"mediator-idf-token": "mara", "supervisor-idf-token": "chef"}[who]
    await add_journey(engine, **{whose: name})
    task = await add_task(engine, kind="mediation", queue="mediator", assignee=None)
    async with bearing(app, who) as client:
        assert await end(client, task) == 403
    assert await told(engine) == 0


async def test_a_mediator_sees_the_mediations_that_are_not_about_him_or_her_and_nothing_else(
    mediator: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine, referent="alice.martin")
    await add_journey(engine, OTHER_SIREN, referent="mara")
    seen = await add_task(engine, kind="mediation", queue="mediator")
    await add_task(engine, kind="mediation", queue="mediator", siren=OTHER_SIREN)
    await add_task(engine)
    await add_task(engine, kind="mediation", queue="mediator", organisation="urssaf-rhone-alpes")
    listed = (await mediator.get("/v1/tasks")).json()["items"]
    assert [(it["id"], it["queue"]) for it in listed] == [(str(seen), "mediator")]
    assert (await mediator.get(f"/v1/journeys/{SIREN}")).status_code == 403


@pytest.mark.parametrize("status", ["open", "cancelled"])
async def test_a_former_organisation_ends_no_task_of_an_enterprise_that_left(
    agent: httpx.AsyncClient, engine: AsyncEngine, status: str
) -> None:
    await add_journey(engine)
    task, done = await add_task(engine, status=status), await add_task(engine)
    assert await end(agent, done) == 200
    async with engine.begin() as connection:
        await connection.execute(update(journeys).values(organisation="urssaf-rhone-alpes"))
    assert await end(agent, task) == 403
    async with engine.connect() as connection:
        row = (await connection.execute(select(tasks).where(tasks.c.id == task))).one()
    assert (row.status, row.outcome, await told(engine)) == (status, None, 1)
    assert await end(agent, done) == 200, "what was done there may be said again"
