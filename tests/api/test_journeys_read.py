from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db import ledger, records, steps
from db.tables import journeys, receipts
from domain.state import Channel, Contribution, Phase
from notifications.links import MASK
from tests.api.examples import OTHER_SIREN, SIREN, add_journey

LINK = f"https://parcours.example/l/{'Ab-_' * 7}"
THIRD_SIREN = "356000000"
VIEWS = ("", "/timeline", "/upcoming", "/messages", "/space")


async def sirens(client: httpx.AsyncClient, **filters: str) -> list[str]:
    answer = await client.get("/v1/journeys", params=filters)
    return [item["siren"] for item in answer.json()["items"]]


async def test_a_journey_shows_every_field_of_the_interface(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine, opened_on=date(2026, 1, 5), referent="alice.martin", extensions=1, accountant=True)
    journey = (await agent.get(f"/v1/journeys/{SIREN}")).json()
    assert journey == {
        "siren": SIREN,
        "name": "Boulangerie Dupont",
        "organisation": "urssaf-idf",
        "referent": "alice.martin",
        "phase": "active",
        "opened_on": "2026-01-05",
        "ends_on": "2027-06-29",
        "extensions": 1,
        "has_accountant": True,
        "headcount": 3,
        "open_incident": False,
        "close_reason": None,
        "version": 0,
        "incidents": [],
        "plans": [],
        "appointments": [],
        "commitments": [],
    }


async def test_the_portfolio_is_narrowed_by_each_filter(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine, SIREN, "Boulangerie Dupont", referent="alice.martin")
    await add_journey(engine, OTHER_SIREN, "Garage 100 % Élan", accountant=True, phase=Phase.NOTICE)
    async with engine.begin() as connection:
        await connection.execute(update(journeys).where(journeys.c.siren == SIREN).values(open_incident=True))
    assert await sirens(agent) == [OTHER_SIREN, SIREN]
    assert await sirens(agent, phase="notice") == [OTHER_SIREN]
    assert await sirens(agent, referent="alice.martin") == [SIREN]
    assert await sirens(agent, accountant="true") == [OTHER_SIREN]
    assert await sirens(agent, incident="true") == [SIREN]
    assert await sirens(agent, q="dupont") == [SIREN]
    assert await sirens(agent, q="100 %") == [OTHER_SIREN]
    assert await sirens(agent, q="_") == []
    assert await sirens(agent, q="5521 00") == [OTHER_SIREN]


async def test_pages_follow_each_other_without_gap_or_repetition(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    for siren in (SIREN, OTHER_SIREN, THIRD_SIREN):
        await add_journey(engine, siren)
    first = (await agent.get("/v1/journeys", params={"limit": 2})).json()
    second = (await agent.get("/v1/journeys", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["siren"] for item in first["items"] + second["items"]] == [THIRD_SIREN, OTHER_SIREN, SIREN]
    assert second["next_cursor"] is None


async def test_an_organisation_sees_only_its_own(neighbour: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    assert await sirens(neighbour) == []
    assert {(await neighbour.get(f"/v1/journeys/{SIREN}{view}")).status_code for view in VIEWS} == {403}
    assert (await neighbour.post(f"/v1/journeys/{SIREN}/extensions", json={})).status_code == 403


async def test_a_candidate_is_not_found_and_says_why_it_did_not_enrol(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine, phase=Phase.CANDIDATE, headcount=0, started_at=None)
    answer = await agent.get(f"/v1/journeys/{SIREN}")
    assert (answer.status_code, answer.json()["rule"]) == (404, "ENR-1")
    assert "aucun salarié déclaré" in answer.json()["detail"]
    assert await sirens(agent) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/journeys/732829321", 400),
        ("/v1/journeys/000000000", 400),
        ("/v1/journeys/732829%00", 400),
        ("/v1/journeys?phase=candidate", 400),
        ("/v1/journeys?limit=201", 400),
        ("/v1/journeys?limit=0", 400),
        ("/v1/journeys?accountant=maybe", 400),
        ("/v1/journeys?q=%00", 400),
        ("/v1/journeys?cursor=!", 400),
        ("/v1/journeys?cursor=AAAA", 400),
    ],
)
async def test_a_malformed_address_is_a_problem(
    path: str, status: int, unplugged_supervisor: httpx.AsyncClient
) -> None:
    answer = await unplugged_supervisor.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_an_unknown_enterprise_is_not_found(agent: httpx.AsyncClient) -> None:
    assert {(await agent.get(f"/v1/journeys/{SIREN}{view}")).status_code for view in VIEWS} == {404}


async def test_the_timeline_is_read_in_the_organisations_time(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    at = datetime(2026, 7, 1, 8, tzinfo=UTC)
    async with engine.begin() as connection:
        await records.write(connection, [records.Entry(SIREN, at, "phase", "ENR-1", "Le parcours commence", "e-1")])
    assert (await agent.get(f"/v1/journeys/{SIREN}/timeline")).json() == [
        {
            "at": "2026-07-01T10:00:00+02:00",
            "kind": "phase",
            "rule": "ENR-1",
            "summary": "Le parcours commence",
            "event_id": "e-1",
        }
    ]


async def test_what_is_ahead_goes_to_the_end_of_the_journey(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    due_on = date.today() + timedelta(days=60)
    due = Contribution("117", "2026-01", due_on, Decimal("12.50"), stated_at=datetime.now(UTC), stated_by="e")
    await add_journey(engine, contributions={due.key: due})
    steps = (await agent.get(f"/v1/journeys/{SIREN}/upcoming")).json()
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert {"REM-2", "EXT-1", "EXT-3"} <= {step["rule"] for step in steps}
    assert set(steps[0]) == {"at", "kind", "rule", "summary"}


async def test_what_is_ahead_starts_at_the_journeys_own_clock(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    async with engine.begin() as connection:
        await connection.execute(update(journeys).values(ahead_seconds=timedelta(days=200).total_seconds()))
    steps = (await agent.get(f"/v1/journeys/{SIREN}/upcoming")).json()
    assert datetime.fromisoformat(steps[0]["at"]) > datetime.now(UTC) + timedelta(days=199)


async def test_a_message_shows_its_text_and_its_receipts(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine)
    identity, sent_at = uuid4(), datetime(2026, 1, 15, 8, tzinfo=UTC)
    message = ledger.NewMessage(
        id=identity,
        siren=SIREN,
        organisation="urssaf-idf",
        rule="REM-2",
        subject="due:117/2026-01",
        channel=Channel.SMS,
        recipient="enterprise",
        template="due_reminder",
        purpose="reminder",
        critical=False,
        immediate=False,
        facts={},
        status="queued",
        queued_at=sent_at,
    )
    receipt = {"provider": "twilio", "event_key": "SM1:delivered", "provider_id": "SM1", "message_id": identity}
    flags = {"contact_bad": False, "opted_out": False, "retryable": False}
    async with engine.begin() as connection:
        await steps.write(connection, [steps.Written(SIREN, [], [], [message], message.queued_at)])
        sent = {"status": "sending", "to": "+33639980001", "text": f"Échéance le 16 : {LINK}", "sent_at": sent_at}
        await ledger.change(connection, identity, **sent)
        await connection.execute(insert(receipts).values(**receipt, **flags, status="delivered", at=sent_at))
    [shown] = (await agent.get(f"/v1/journeys/{SIREN}/messages")).json()
    assert (shown["id"], shown["channel"], shown["template"]) == (str(identity), "sms", "due_reminder")
    assert (shown["to"], shown["text"], shown["status"]) == ("+33639980001", f"Échéance le 16 : {MASK}", "queued")
    assert shown["sent_at"] == "2026-01-15T09:00:00+01:00"
    assert shown["receipts"] == [{"status": "delivered", "code": None, "at": "2026-01-15T09:00:00+01:00"}]
