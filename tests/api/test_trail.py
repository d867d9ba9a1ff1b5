"""The trail of the API: lists, decisions and what was tried in vain, each with author, object and outcome (S12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from config.settings import Settings
from config.trail import LINES, SLOWED, Refusals
from db.accesses import NOBODY, Access
from db.tables import accesses
from tests.api import test_strangers
from tests.api.conftest import NoTemporal
from tests.api.examples import OTHER_SIREN, SIREN, add_cases, add_journey, add_task, bearing, nowhere
from tests.api.test_signed_tokens import AUDIENCE, GOOD
from tests.api.test_strangers import SUBSCRIPTION
from tests.fakes.issuer import FakeIssuer

JOURNEY = "/v1/journeys/{siren}"
SOON = date.today() + timedelta(days=20)
MEETING = {**test_strangers.MEETING, "starts_at": f"{SOON}T10:00:00"}
NEWSLETTER = {**test_strangers.NEWSLETTER, "leaves_on": str(SOON)}


async def lines(client: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    """The lines of the client's organisation, newest first, without those of looking at them."""
    answer = await client.get("/v1/accesses", params={"limit": 200, **filters})
    assert answer.status_code == 200, answer.text
    return [it for it in answer.json()["items"] if it["action"] != "GET /v1/accesses"]


def names(line: dict[str, Any], *fields: str) -> tuple[Any, ...]:
    return tuple(line[name] for name in fields)


async def test_a_list_leaves_who_asked_for_what_and_how_much_was_shown(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await add_journey(engine, OTHER_SIREN, name="Autre")
    await add_task(engine)
    await agent.get("/v1/journeys", params={"q": "dup", "limit": 20})
    await agent.get("/v1/tasks", params={"status": "open"})
    await agent.get("/v1/indicators", params={"from": "2026-01-01", "to": "2026-02-01"}, headers={"Accept": "text/csv"})
    counted = [names(it, "author", "action", "asked", "shown", "outcome") for it in await lines(supervisor)]
    assert counted == [
        ("alice.martin", "GET /v1/indicators", "from=2026-01-01&to=2026-02-01", None, "done"),
        ("alice.martin", "GET /v1/tasks", "status=open", 1, "done"),
        ("alice.martin", "GET /v1/journeys", "q=dup", 1, "done"),
    ]


@pytest.mark.parametrize(
    ("path", "body"), [("meetings", MEETING), ("newsletters", NEWSLETTER), ("subscriptions", SUBSCRIPTION)]
)
async def test_what_is_made_is_named(app: FastAPI, path: str, body: dict[str, Any]) -> None:
    async with bearing(app, "admin-idf-token") as admin:
        made = await admin.post(f"/v1/{path}", json=body)
        [line] = await lines(admin)
    assert names(line, "action", "subject", "outcome") == (f"POST /v1/{path}", made.json()["id"], "done")
    assert line["author"].startswith("token:")
    assert "admin-idf-token" not in str(line)


@pytest.mark.usefixtures("answering")
async def test_a_decision_and_one_that_came_too_late_name_their_case(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_cases(engine)
    for _ in range(2):
        await agent.post("/v1/plans/p-1/decision", json={"decision": "accept"})
    action = "POST /v1/plans/{plan}/decision"
    told = [names(it, "author", "action", "siren", "subject", "outcome") for it in await lines(supervisor)]
    who = ("alice.martin", action, SIREN, "p-1")
    assert told == [(*who, "conflict"), (*who, "done")]


@pytest.mark.parametrize(("token", "author"), [(None, "anonymous"), ("x.y.z", "unknown token")])
async def test_who_shows_no_good_token_is_told_to_the_organisation_of_the_file(
    app: FastAPI, supervisor: httpx.AsyncClient, engine: AsyncEngine, token: str | None, author: str
) -> None:
    await add_journey(engine)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api", headers=headers) as nobody:
        assert (await nobody.get(f"/v1/journeys/{SIREN}/notes")).status_code == 401
        assert (await nobody.get("/v1/agents")).status_code == 401
    listed, file = await lines(supervisor)
    fields = ("author", "role", "organisation", "action", "siren", "outcome")
    assert names(file, *fields) == (author, "none", None, f"GET {JOURNEY}/notes", SIREN, "unauthenticated")
    assert names(listed, *fields) == (author, "none", None, "GET /v1/agents", None, "unauthenticated")
    assert "x.y.z" not in str([listed, file])
    async with bearing(app, "supervisor-ra-token") as elsewhere:
        assert [it["siren"] for it in await lines(elsewhere)] == [None], "what was theirs is told to nobody else"


async def test_a_neighbour_who_knocks_is_known_to_both(
    app: FastAPI, neighbour: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    task = await add_task(engine)
    await neighbour.get(f"/v1/journeys/{SIREN}")
    await neighbour.post(f"/v1/tasks/{task}/done", json={"outcome": "done"})
    async with bearing(app, "supervisor-ra-token") as chief:
        theirs = await lines(chief)
    fields = ("author", "organisation", "role", "action", "siren", "subject", "outcome")
    who = ("alice.martin", "urssaf-rhone-alpes", "agent")
    expected = [
        (*who, "POST /v1/tasks/{task_id}/done", SIREN, str(task), "forbidden"),
        (*who, f"GET {JOURNEY}", SIREN, None, "forbidden"),
    ]
    assert [names(it, *fields) for it in theirs] == expected
    assert [names(it, *fields) for it in await lines(supervisor)] == expected


async def test_a_role_too_low_and_an_id_of_nobody_leave_their_lines(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    await agent.get("/v1/accesses")
    await agent.post(f"/v1/tasks/{uuid4()}/done", json={"outcome": "done"})
    answer = await supervisor.get("/v1/accesses")
    assert [names(it, "action", "outcome") for it in answer.json()["items"]] == [
        ("POST /v1/tasks/{task_id}/done", "not_found"),
        ("GET /v1/accesses", "forbidden"),
    ]


async def test_the_client_of_a_signed_token_is_named(settings: Settings, engine: AsyncEngine) -> None:
    async with FakeIssuer() as issuer:
        signed = settings.model_copy(update={"oauth_issuer": issuer.base_url, "oauth_audience": AUDIENCE})
        app = create_app(signed, engine, NoTemporal())  # type: ignore[arg-type]
        async with bearing(app, issuer.sign(**GOOD, client_id="dsn-relay")) as client:
            await client.get("/v1/agents")
            [line] = await lines(client)
            assert names(line, "author", "client") == ("dsn-relay", "dsn-relay")
        async with bearing(app, issuer.sign(**GOOD, client_id="portal", agent="alice.martin")) as client:
            await client.get("/v1/agents")
            assert names((await lines(client))[0], "author", "client") == ("alice.martin", "portal")


async def test_the_trail_is_narrowed_by_each_filter(
    agent: httpx.AsyncClient, supervisor: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await agent.get(f"/v1/journeys/{SIREN}")
    await agent.get("/v1/newsletters")
    await supervisor.get("/v1/agents")
    async with engine.begin() as connection:
        old = update(accesses).where(accesses.c.siren == SIREN)
        await connection.execute(old.values(at=datetime(2026, 1, 15, 22, 59, tzinfo=UTC)))
    everything = {"GET /v1/agents", "GET /v1/newsletters", f"GET {JOURNEY}"}
    today = date.today()
    narrowed = {
        ("author", "chef"): {"GET /v1/agents"},
        ("siren", SIREN): {f"GET {JOURNEY}"},
        ("action", "GET /v1/n"): {"GET /v1/newsletters"},
        ("outcome", "forbidden"): {"GET /v1/newsletters"},
        ("to", "2026-01-15"): {f"GET {JOURNEY}"},
        ("to", "2026-01-14"): set(),
        ("from", "2026-01-16"): everything - {f"GET {JOURNEY}"},
        ("from", str(today + timedelta(days=2))): set(),
    }
    for (name, value), found in narrowed.items():
        assert {it["action"] for it in await lines(supervisor, **{name: value})} == found, (name, value)
    assert {it["action"] for it in await lines(supervisor)} == everything
    assert (await supervisor.get("/v1/accesses", params={"outcome": "x"})).status_code == 400


async def test_a_flood_of_refusals_is_counted_in_few_lines(engine: AsyncEngine) -> None:
    now = 0.0
    refusals = Refusals(engine, lambda: now)
    flood = Access(NOBODY, "anonymous", "none", "GET /v1/agents", outcome="unauthenticated")
    for _ in range(LINES + 500):
        await refusals.note(flood)
    now = 60.0 * SLOWED
    await refusals.note(flood)
    async with engine.connect() as connection:
        times = func.sum(accesses.c.times).label("times")
        row = (await connection.execute(select(func.count().label("lines"), times))).one()
    assert (row.lines, row.times) == (LINES + 1, LINES + 501)


async def test_a_refusal_leaves_though_its_line_cannot_be_written(settings: Settings) -> None:
    app = create_app(settings, nowhere(), NoTemporal())  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        assert (await client.get(f"/v1/journeys/{SIREN}")).status_code == 401


async def test_a_key_of_one_client_is_no_key_of_another(settings: Settings, engine: AsyncEngine) -> None:
    async with FakeIssuer() as issuer:
        signed = settings.model_copy(update={"oauth_issuer": issuer.base_url, "oauth_audience": AUDIENCE})
        app = create_app(signed, engine, NoTemporal())  # type: ignore[arg-type]
        made = []
        for client_id in ("one", "two", "two"):
            async with bearing(app, issuer.sign(**GOOD, client_id=client_id)) as client:
                answer = await client.post("/v1/meetings", json=MEETING, headers={"Idempotency-Key": "1"})
            made.append(answer.json()["id"])
    assert made[0] != made[1] == made[2]
