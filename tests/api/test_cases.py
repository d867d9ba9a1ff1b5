from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import commitments
from domain.state import Contribution
from notifications.links import MASK
from tests.api.examples import OTHER_SIREN, SIREN, add_journey

MINE = f"/v1/journeys/{SIREN}"
ACCOUNT, PERIOD = "117", "2026-01"
pytestmark = pytest.mark.usefixtures("answering")


def in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def instalments(*amounts: str) -> list[dict[str, str]]:
    return [{"due_on": in_days(30 * rank), "amount": amount} for rank, amount in enumerate(amounts, start=1)]


async def owe(engine: AsyncEngine, amount: str = "930.00", **state: Any) -> None:
    """A journey that owes for one period, the employee share known and small."""
    owed = Contribution(
        ACCOUNT,
        PERIOD,
        date.today() - timedelta(days=2),
        Decimal(amount),
        employee_share=Decimal("100.00"),
        stated_at=datetime.now(UTC),
        stated_by="e",
    )
    await add_journey(engine, contributions={owed.key: owed}, **state)


async def ask_for_plan(client: httpx.AsyncClient, *amounts: str, **body: Any) -> httpx.Response:
    return await client.post(
        f"{MINE}/plans", json={"period": PERIOD, "instalments": instalments(*amounts), "reason": "Trésorerie"} | body
    )


async def shown(client: httpx.AsyncClient, family: str) -> Any:
    [case] = (await client.get(MINE)).json()[family]
    return case


async def test_a_plan_is_asked_for_answered_within_its_promise_and_shown(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await owe(engine)
    answer = await ask_for_plan(agent, "310.00", "310.00", "310.00")
    plan = answer.json()
    assert (answer.status_code, plan["status"], plan["debt"], plan["missing"]) == (201, "requested", "930.00", [])
    assert timedelta(hours=71) < datetime.fromisoformat(plan["answer_by"]) - datetime.now(UTC) < timedelta(hours=73)
    assert await shown(agent, "plans") == plan
    assert (await shown(agent, "commitments"))["status"] == "running"
    accepted = await agent.post(f"/v1/plans/{plan['id']}/decision", json={"decision": "accept"})
    assert (accepted.status_code, accepted.json()["status"]) == (200, "running")
    assert (await shown(agent, "plans"))["status"] == "running"
    assert (await shown(agent, "commitments"))["status"] == "met"


async def test_a_plan_that_is_none_is_refused_with_the_rule_and_what_to_change(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await owe(engine)
    answer = await ask_for_plan(agent, "310.00", "310.00")
    assert (answer.status_code, answer.json()["rule"]) == (409, "PLN-1")
    assert "930,00" in answer.json()["detail"].replace("\u00a0", " ").replace("\u202f", " ")


async def test_of_two_decisions_at_once_one_is_a_conflict(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await owe(engine)
    plan = (await ask_for_plan(agent, "930.00")).json()["id"]
    decisions = [
        {"decision": "accept"},
        {"decision": "refuse", "reason": "Part salariale impayée"},
    ]
    answers = await asyncio.gather(*(agent.post(f"/v1/plans/{plan}/decision", json=it) for it in decisions))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_missing_piece_stops_the_clock_until_it_is_received(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await owe(engine)
    plan = (await ask_for_plan(agent, "930.00")).json()["id"]
    missing = await agent.post(f"/v1/plans/{plan}/pieces", json={"piece": "bank_statements", "received": False})
    assert (missing.status_code, missing.json()["status"], missing.json()["missing"]) == (
        200,
        "incomplete",
        ["bank_statements"],
    )
    assert (await shown(agent, "commitments"))["status"] == "paused"
    received = await agent.post(f"/v1/plans/{plan}/pieces", json={"piece": "bank_statements", "received": True})
    assert (received.json()["status"], received.json()["missing"]) == ("requested", [])


async def test_a_counter_proposal_waits_for_the_enterprises_word(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await owe(engine)
    plan = (await ask_for_plan(agent, "930.00")).json()["id"]
    counter = {"decision": "counter", "instalments": instalments("500.00", "430.00"), "reason": "En deux fois"}
    countered = (await agent.post(f"/v1/plans/{plan}/decision", json=counter)).json()
    assert (countered["status"], countered["counter"]) == ("countered", counter["instalments"])
    assert countered["counter_until"] is not None
    taken = await agent.post(f"/v1/plans/{plan}/reply", json={"accepted": True})
    assert (taken.json()["status"], taken.json()["instalments"]) == ("running", counter["instalments"])


async def test_a_difficulty_announced_opens_an_incident_that_a_promise_waits_for(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    answer = await agent.post(f"{MINE}/difficulties", json={"period": "2030-01", "note": "Un client ne paie pas"})
    incident = answer.json()
    assert (answer.status_code, incident["kind"], incident["account"]) == (201, "difficulty_announced", ACCOUNT)
    assert await shown(agent, "incidents") == incident
    promised = await agent.post(f"{MINE}/promises", json={"incident": incident["id"], "on": in_days(9)})
    assert (promised.status_code, promised.json()["id"]) == (200, incident["id"])


async def test_mediation_becomes_a_task_unless_an_appeal_is_open(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    await add_journey(engine, OTHER_SIREN, proceedings={"appeal:r-1": "open"})
    body = {"note": "Le dossier a traîné"}
    assert (await agent.post(f"{MINE}/mediations", json=body)).status_code == 201
    refused = await agent.post(f"/v1/journeys/{OTHER_SIREN}/mediations", json=body)
    assert (refused.status_code, refused.json()["rule"]) == (409, "MED-1")
    tasks = (await agent.get("/v1/tasks")).json()["items"]
    assert [task["siren"] for task in tasks if task["rule"] == "MED-1"] == [SIREN]


async def test_an_appointment_asked_for_is_shown_and_cancelled(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine, accountant=True)
    answer = await agent.post(f"{MINE}/appointments", json={"kind": "other", "format": "video"})
    asked = answer.json()
    assert (answer.status_code, asked["status"], asked["format"]) == (201, "offered", "video")
    cancelled = await agent.post(f"/v1/appointments/{asked['id']}/cancel", json={"reason": "Plus besoin"})
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await shown(agent, "appointments"))["status"] == "cancelled"


async def test_what_people_write_is_read_by_their_organisation_and_stands_nowhere_else(
    agent: httpx.AsyncClient, neighbour: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await owe(engine)
    await ask_for_plan(agent, "930.00", reason=f"Léa est malade, voir /l/{'Ab-_' * 7}")
    [note] = (await agent.get(f"{MINE}/notes")).json()
    assert note["text"] == f"Léa est malade, voir {MASK}"
    assert (note["author"], note["subject"]) == ("alice.martin", f"plan:{PERIOD}")
    assert (await neighbour.get(f"{MINE}/notes")).status_code == 403
    whole = [(await agent.get(f"{MINE}{view}")).text for view in ("", "/timeline", "/upcoming")]
    assert "malade" not in "".join(whole)


async def test_a_field_without_a_value_is_a_field_left_out(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await owe(engine)
    plan = (await ask_for_plan(agent, "930.00")).json()["id"]
    accepted = {"decision": "accept", "instalments": None, "reason": None}
    answer = await agent.post(f"/v1/plans/{plan}/decision", json=accepted)
    assert (answer.status_code, answer.json()["status"]) == (200, "running")


async def test_what_a_refused_request_said_is_not_kept(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await owe(engine)
    plan = (await ask_for_plan(agent, "930.00")).json()["id"]
    accepted = {"decision": "accept", "reason": "Premier délai"}
    assert (await agent.post(f"/v1/plans/{plan}/decision", json=accepted)).status_code == 200
    late = {"decision": "refuse", "reason": "Trop tard"}
    assert (await agent.post(f"/v1/plans/{plan}/decision", json=late)).status_code == 409
    assert {it["text"] for it in (await agent.get(f"{MINE}/notes")).json()} == {"Trésorerie", "Premier délai"}


async def test_a_lost_answer_asked_for_again_makes_one_plan_and_one_note(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await owe(engine)
    body = {"period": PERIOD, "instalments": instalments("930.00"), "reason": "Trésorerie"}
    both = [await agent.post(f"{MINE}/plans", json=body, headers={"Idempotency-Key": "p"}) for _ in range(2)]
    assert both[0].json() == both[1].json()
    assert len((await agent.get(MINE)).json()["plans"]) == 1
    assert len((await agent.get(f"{MINE}/notes")).json()) == 1


async def test_commitments_are_counted_by_kind_for_the_days_asked(
    agent: httpx.AsyncClient, neighbour: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    met, late = {"met_at": datetime(2026, 3, 3, tzinfo=UTC)}, {"breached_at": datetime(2026, 3, 4, tzinfo=UTC)}
    cases: list[dict[str, Any]] = [met, met, late, met | late, {"paused_at": datetime(2026, 3, 2, tzinfo=UTC)}, {}]
    empty = {"met_at": None, "breached_at": None, "paused_at": None}
    # The last instant of the day asked for, in Paris.
    started = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
    rows = [
        {
            "siren": SIREN,
            "id": f"plan_answer:{rank}",
            "organisation": "urssaf-idf",
            "kind": "plan_answer",
            "rule": "PLN-4",
            "subject": str(rank),
            "started_at": started,
            "due_at": started,
        }
        | empty
        | case
        for rank, case in enumerate(cases)
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(commitments), rows)
    day = {"from": "2026-03-01", "to": "2026-03-01"}
    [level] = (await agent.get("/v1/commitments", params=day)).json()["items"]
    assert level == {
        "kind": "plan_answer",
        "started": 6,
        "met": 2,
        "breached": 2,
        "running": 1,
        "paused": 1,
        "rate": "0.500",
    }
    assert (await agent.get("/v1/commitments", params={"from": "2026-03-02"})).json()["items"] == []
    assert (await neighbour.get("/v1/commitments")).json()["items"] == []
