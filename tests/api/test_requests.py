"""ASK-2: requests answered in writing, and the tasks that no tick ends."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from db.events import NewEvent, store
from domain.cases import Remission, RemissionDecision
from domain.state import Work
from tests.api.examples import SIREN, add_journey, bearing

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
    answers = [await supervisor.post(f"/v1/requests/{shown['id']}/answer", json={"text": text}) for _ in range(2)]
    assert [it.status_code for it in answers] == [200, 409]
    [shown] = (await agent.get(f"{MINE}/requests")).json()
    assert shown["status"] == "answered"
    assert [(it["author"], it["text"]) for it in shown["thread"]] == [("chef", text)]
    task = await mediation_task(agent)
    assert task["status"] == "done"


@pytest.mark.parametrize(
    ("granted", "amount", "said"),
    [
        (True, Decimal("120.50"), "Remise des majorations d'octobre 2026 accordée : 120,50 €."),
        (False, None, "Remise des majorations d'octobre 2026 refusée."),
    ],
)
async def test_the_decision_on_a_remission_stands_in_the_thread_of_its_request(
    agent: httpx.AsyncClient, engine: AsyncEngine, granted: bool, amount: Decimal | None, said: str
) -> None:
    at = datetime.now(UTC)
    decision = RemissionDecision(at, "decided", granted, amount, at)
    remission = Remission("an-incident", "117", "2026-10", (decision,))
    work = Work("INC-8", "Décider la remise", "remission:an-incident", over=True)
    await add_journey(engine, remissions={"an-incident": remission}, tasks={"INC-8:an-incident:0": work})
    data = {"granted": granted, "reason": "Premier retard."}
    async with engine.begin() as connection:
        told = NewEvent("urssaf", "decided", "remission.decided", SIREN, "urssaf-idf", at, data)
        await store(connection, [told])
    [shown] = (await agent.get(f"{MINE}/requests")).json()
    assert (shown["kind"], shown["status"]) == ("remission", "answered")
    [line] = shown["thread"]
    assert (line["author"], line["text"]) == ("urssaf", f"{said}\nPremier retard.")


async def test_an_unknown_request_is_not_found(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    assert (await agent.post("/v1/requests/unknown/answer", json={"text": "Bonjour."})).status_code == 404


@pytest.mark.parametrize(
    ("token", "status", "said"),
    [
        ("agent-idf-token", 403, "mediator"),
        ("mediator-idf-token", 200, ""),
        ("supervisor-idf-token", 200, ""),
        ("mediator-ra-token", 403, "another organisation"),
        ("supervisor-ra-token", 403, "another organisation"),
    ],
)
async def test_a_mediation_is_answered_by_who_may_end_its_task(
    app: FastAPI, agent: httpx.AsyncClient, engine: AsyncEngine, token: str, status: int, said: str
) -> None:
    await add_journey(engine)
    await agent.post(f"{MINE}/mediations", json={"note": "Personne ne m'a rappelé."})
    [shown] = (await agent.get(f"{MINE}/requests")).json()
    async with bearing(app, token) as caller:
        answer = await caller.post(f"/v1/requests/{shown['id']}/answer", json={"text": "Voici."})
    assert (answer.status_code, said in answer.text) == (status, True)


@pytest.mark.parametrize("place", ["referent", "former_referent"])
async def test_nobody_answers_a_mediation_about_oneself(
    app: FastAPI, agent: httpx.AsyncClient, engine: AsyncEngine, place: str
) -> None:
    async with bearing(app, "mediator-idf-token") as mediator:
        await add_journey(engine, **{place: "mara"})
        await agent.post(f"{MINE}/mediations", json={"note": "Personne ne m'a rappelé."})
        [shown] = (await agent.get(f"{MINE}/requests")).json()
        answer = await mediator.post(f"/v1/requests/{shown['id']}/answer", json={"text": "Voici."})
    assert (answer.status_code, "own work" in answer.text) == (403, True)


async def test_a_part_of_an_id_names_no_request(
    supervisor: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await agent.post(f"{MINE}/mediations", json={"note": "Personne ne m'a rappelé."})
    [shown] = (await agent.get(f"{MINE}/requests")).json()
    half = shown["id"][:8]
    assert (await supervisor.post(f"/v1/requests/{half}/answer", json={"text": "Voici."})).status_code == 404
