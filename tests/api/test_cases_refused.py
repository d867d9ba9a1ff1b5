from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.rules.plans import PIECES
from tests.api.examples import OTHER_SIREN, add_cases, add_journey, bearing
from tests.api.test_cases import MINE, PERIOD, instalments

ASKED_OF_CASES = [
    ("/v1/plans/{}/decision", {"decision": "accept"}),
    ("/v1/plans/{}/reply", {"accepted": True}),
    ("/v1/plans/{}/pieces", {"piece": "bank_statements", "received": False}),
    ("/v1/appointments/{}/booking", {"slot": "s-1"}),
    ("/v1/appointments/{}/reschedule", {"slot": "s-1"}),
    ("/v1/appointments/{}/cancel", {}),
    ("/v1/appointments/{}/outcome", {"status": "held"}),
]
ASKED_OF_JOURNEYS = [
    ("difficulties", {"period": PERIOD}),
    ("plans", {"period": PERIOD, "instalments": [{"due_on": "2026-03-01", "amount": "10.00"}]}),
    ("promises", {"incident": "i-1", "on": "2026-03-01"}),
    ("mediations", {"note": "Le dossier a traîné"}),
    ("appointments", {"kind": "other"}),
]


@pytest.mark.parametrize(("path", "body"), ASKED_OF_CASES)
async def test_a_case_is_its_organisations_own(
    path: str, body: dict[str, Any], agent: httpx.AsyncClient, neighbour: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_cases(engine)
    own = path.format("p-1" if "plans" in path else "a-1")
    assert (await neighbour.post(own, json=body)).status_code == 403
    assert (await agent.post(path.format("nothing"), json=body)).status_code == 404


@pytest.mark.parametrize(("path", "body"), ASKED_OF_JOURNEYS)
async def test_a_journey_is_asked_by_its_agents_only(
    path: str,
    body: dict[str, Any],
    app: FastAPI,
    agent: httpx.AsyncClient,
    neighbour: httpx.AsyncClient,
    engine: AsyncEngine,
) -> None:
    await add_journey(engine)
    assert (await neighbour.post(f"{MINE}/{path}", json=body)).status_code == 403
    assert (await agent.post(f"/v1/journeys/{OTHER_SIREN}/{path}", json=body)).status_code == 404
    async with bearing(app, "system-idf-token") as system:
        assert (await system.post(f"{MINE}/{path}", json=body)).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{MINE}/plans", {"period": "2026-13", "instalments": instalments("1.00")}),
        (f"{MINE}/plans", {"period": PERIOD, "instalments": []}),
        (f"{MINE}/plans", {"period": PERIOD, "instalments": [{"due_on": "2026-02-30", "amount": "1.00"}]}),
        (f"{MINE}/plans", {"period": PERIOD, "instalments": [{"due_on": "2026-02-03", "amount": 1.5}]}),
        (f"{MINE}/plans", {"period": PERIOD, "instalments": instalments("0.00")}),
        (f"{MINE}/plans", {"period": PERIOD, "instalments": instalments("1.001")}),
        (f"{MINE}/plans", {"period": PERIOD, "instalments": instalments("1.00"), "reason": "\0"}),
        (f"{MINE}/difficulties", {}),
        (f"{MINE}/promises", {"incident": "i-1"}),
        (f"{MINE}/mediations", {}),
        (f"{MINE}/appointments", {"kind": "lunch"}),
        (f"{MINE}/appointments", {"kind": "other", "format": "fax"}),
        ("/v1/plans/p-1/decision", {"decision": "perhaps"}),
        ("/v1/plans/p-1/reply", {}),
        ("/v1/plans/p-1/pieces", {"piece": "passport", "received": False}),
        ("/v1/appointments/a-1/outcome", {"status": "booked"}),
        ("/v1/appointments/a-1/booking", {"slot": ""}),
    ],
)
async def test_a_wrong_body_is_a_problem_that_names_its_fault(
    path: str, body: dict[str, Any], unplugged_supervisor: httpx.AsyncClient
) -> None:
    answer = await unplugged_supervisor.post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"].startswith("/")


async def test_the_pieces_a_plan_may_lack_are_listed_in_openapi_and_by_the_refusal_of_any_other(
    app: FastAPI, unplugged_supervisor: httpx.AsyncClient
) -> None:
    wrong = {"piece": "passport", "received": False}
    problem = (await unplugged_supervisor.post("/v1/plans/p-1/pieces", json=wrong)).json()
    assert problem["errors"] == [{"pointer": "/piece", "detail": f"must be one of: {', '.join(PIECES)}"}]
    assert app.openapi()["components"]["schemas"]["Piece"]["properties"]["piece"]["enum"] == list(PIECES)
