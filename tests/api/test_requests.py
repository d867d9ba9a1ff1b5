"""ASK-2: requests answered in writing, and the tasks that no tick ends."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.examples import SIREN, add_journey

pytestmark = pytest.mark.usefixtures("answering")
MINE = f"/v1/journeys/{SIREN}"


async def mediation_task(agent: httpx.AsyncClient) -> dict[str, str]:
    items = (await agent.get("/v1/tasks", params={"siren": SIREN})).json()["items"]
    [task] = [it for it in items if it["kind"] == "mediation"]
    return dict(task)


async def test_a_request_is_answered_in_writing_and_its_task_by_no_tick(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await agent.post(f"{MINE}/mediations", json={"note": "Personne ne m'a rappelé."})
    [shown] = (await agent.get(f"{MINE}/requests")).json()
    assert (shown["kind"], shown["status"], shown["thread"]) == ("mediation", "open", [])
    task = await mediation_task(agent)
    ticked = await supervisor.post(f"/v1/tasks/{task['id']}/done", json={"outcome": "fait"})
    assert (ticked.status_code, "ASK-2" in ticked.text) == (409, True)

    text = "Nous avons relu votre dossier : le compte est corrigé."
    answers = [await agent.post(f"/v1/requests/{shown['id']}/answer", json={"text": text}) for _ in range(2)]
    assert [it.status_code for it in answers] == [200, 409]
    [shown] = (await agent.get(f"{MINE}/requests")).json()
    assert shown["status"] == "answered"
    assert [(it["author"], it["text"]) for it in shown["thread"]] == [("alice.martin", text)]
    task = await mediation_task(agent)
    assert task["status"] == "cancelled"


async def test_an_unknown_request_is_not_found(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    assert (await agent.post("/v1/requests/unknown/answer", json={"text": "Bonjour."})).status_code == 404
