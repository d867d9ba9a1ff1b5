"""Every route and every id of the interface, tried by who has no business there. A new route is missed by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import ROUTERS, create_app
from config.settings import Settings
from db.tables import cases, deliveries, events, journeys, meetings, newsletters, outgoing, subscriptions, tasks
from tests.api.conftest import NoTemporal
from tests.api.examples import SIREN, add_cases, add_task, bearing, nowhere
from tests.api.test_signed_tokens import AUDIENCE, FORGERIES, GOOD
from tests.fakes.issuer import FakeIssuer

ROLES = frozenset({"system", "agent", "supervisor", "mediator", "admin"})
READERS, SENDERS = frozenset({"agent", "supervisor", "admin"}), frozenset({"system", "admin"})
SUPERVISORS, ADMINS = frozenset({"supervisor", "admin"}), frozenset({"admin"})
TASK_HOLDERS = READERS | {"mediator"}
PUBLIC = {
    "POST /webhooks/twilio/status",
    "POST /webhooks/sendgrid/events",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
}
"""Signed by their providers, or holding nothing of anybody's."""


@dataclass(frozen=True)
class Door:
    """Who may pass, and what a good request carries."""

    roles: frozenset[str] = READERS
    body: dict[str, Any] | None = None
    query: dict[str, str] = field(default_factory=dict)


JOURNEY = "/v1/journeys/{siren}"
VIEWS = ("", "/timeline", "/upcoming", "/messages", "/space", "/notes", "/requests")
PERIOD = {"period": "2026-01"}
PLAN = {**PERIOD, "instalments": [{"due_on": "2026-03-01", "amount": "10.00"}]}
MEETING = {
    "kind": "training",
    "title": "Embaucher",
    "place": "En ligne",
    "starts_at": "2090-01-10T10:00:00",
    "minutes": 90,
    "places": 30,
}
NEWSLETTER = {"title": "Embaucher", "body": "Bonjour.", "leaves_on": "2090-01-10"}
SUBSCRIPTION = {"url": "https://h.example.org", "types": ["journey.started"], "secret": "whsec_" + "A" * 40}
DOORS = {
    "POST /v1/events": Door(SENDERS, {}),
    "GET /v1/events": Door(SUPERVISORS),
    "GET /v1/set-aside-events": Door(SUPERVISORS),
    "POST /v1/set-aside-events/{number}/retry": Door(ADMINS, {}),
    "POST /v1/set-aside-events/{number}/refuse": Door(ADMINS, {"reason": "Envoyé par erreur"}),
    "GET /v1/journeys": Door(),
    **{f"GET {JOURNEY}{view}": Door() for view in VIEWS},
    f"PUT {JOURNEY}/contact": Door(body={"name": "Léa Martin", "email": "lea@example.org", "phone": None}),
    f"POST {JOURNEY}/extensions": Door(body={}),
    f"POST {JOURNEY}/difficulties": Door(body=PERIOD),
    f"POST {JOURNEY}/promises": Door(body={"incident": "i-1", "on": "2026-03-01"}),
    f"POST {JOURNEY}/mediations": Door(body={"note": "Le dossier a traîné"}),
    f"POST {JOURNEY}/plans": Door(body=PLAN),
    f"POST {JOURNEY}/appointments": Door(body={"kind": "other"}),
    "POST /v1/requests/{request}/answer": Door(TASK_HOLDERS, {"text": "Bonjour."}),
    "POST /v1/plans/{plan}/decision": Door(body={"decision": "accept"}),
    "POST /v1/plans/{plan}/reply": Door(body={"accepted": True}),
    "POST /v1/plans/{plan}/pieces": Door(body={"piece": "bank_statements", "received": False}),
    "POST /v1/appointments/{appointment}/booking": Door(body={"slot": "s-1"}),
    "POST /v1/appointments/{appointment}/reschedule": Door(body={"slot": "s-1"}),
    "POST /v1/appointments/{appointment}/cancel": Door(body={}),
    "POST /v1/appointments/{appointment}/outcome": Door(body={"status": "held"}),
    "GET /v1/commitments": Door(),
    "GET /v1/indicators": Door(),
    "GET /v1/tasks": Door(TASK_HOLDERS, query={"siren": SIREN}),
    "POST /v1/tasks/{task_id}/done": Door(TASK_HOLDERS, {"outcome": "joint"}),
    "GET /v1/agents": Door(),
    "PUT /v1/agents/{agent}": Door(SUPERVISORS, {"name": "Alice Martin"}),
    "PUT /v1/agents/{agent}/availability": Door(body={"slots": []}),
    "GET /v1/meetings": Door(),
    "POST /v1/meetings": Door(SUPERVISORS, MEETING),
    "PUT /v1/meetings/{meeting}": Door(SUPERVISORS, MEETING),
    "POST /v1/meetings/{meeting}/cancel": Door(SUPERVISORS),
    "GET /v1/meetings/{meeting}/registrations": Door(),
    "PUT /v1/meetings/{meeting}/registrations/{siren}": Door(),
    "DELETE /v1/meetings/{meeting}/registrations/{siren}": Door(),
    "GET /v1/newsletters": Door(SUPERVISORS),
    "POST /v1/newsletters": Door(SUPERVISORS, NEWSLETTER),
    "POST /v1/newsletters/{newsletter}/withdraw": Door(SUPERVISORS),
    "GET /v1/accesses": Door(SUPERVISORS),
    "GET /v1/slots": Door(query={"siren": SIREN}),
    "GET /v1/subscriptions": Door(SENDERS),
    "POST /v1/subscriptions": Door(SENDERS, SUBSCRIPTION),
    "DELETE /v1/subscriptions/{subscription}": Door(SENDERS),
    "POST /v1/subscriptions/{subscription}/enable": Door(SENDERS),
    "GET /v1/subscriptions/{subscription}/deliveries": Door(SENDERS),
    "POST /v1/subscriptions/{subscription}/deliveries/{delivery}/replay": Door(SENDERS),
}
OWN = {"PUT /v1/agents/{agent}", "PUT /v1/agents/{agent}/availability"}
"""An agent's name means somebody of the caller's own organisation, whoever else bears it."""

REMEMBERED = {"GET /v1/accesses", "GET /v1/events", "GET /v1/set-aside-events"}
"""What an organisation did and sent stays its own when the enterprise leaves (EXT-5)."""

WITH_IDS = sorted(name for name, door in DOORS.items() if ("{" in name or door.query) and name not in OWN)
SUBSCRIBED, DELIVERED, TASK = UUID(int=1), UUID(int=2), UUID(int=3)
IDS = {
    "siren": SIREN,
    "plan": "p-1",
    "request": "i-1",
    "appointment": "a-1",
    "task_id": TASK,
    "meeting": "m-1",
    "newsletter": "n-1",
    "agent": "alice.martin",
    "subscription": SUBSCRIBED,
    "delivery": DELIVERED,
    "number": 7,
}


async def knock(client: httpx.AsyncClient, name: str, ids: dict[str, Any] | None = None) -> httpx.Response:
    method, path = name.split()
    door = DOORS[name]
    return await client.request(method, path.format(**(ids or IDS)), json=door.body, params=door.query)


def test_every_route_is_known_here() -> None:
    routes = {f"{method} {route.path}" for it in ROUTERS for route in it.routes for method in route.methods}  # type: ignore[attr-defined]
    assert routes == set(DOORS) | PUBLIC


@pytest.mark.parametrize("name", sorted(DOORS))
async def test_nobody_passes_without_a_token(unplugged_app: FastAPI, name: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(unplugged_app), base_url="http://api") as client:
        answer = await knock(client, name)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="parcours"')


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name in sorted(DOORS) for role in sorted(ROLES - DOORS[name].roles)]
)
async def test_a_role_too_low_is_stopped(unplugged_app: FastAPI, name: str, role: str) -> None:
    async with bearing(unplugged_app, f"{role}-idf-token") as client:
        assert (await knock(client, name)).status_code == 403


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with FakeIssuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def app_with_issuer(settings: Settings, issuer: FakeIssuer) -> FastAPI:
    signed = {"oauth_issuer": issuer.base_url, "oauth_audience": AUDIENCE, "failures_per_minute": 100_000}
    return create_app(settings.model_copy(update=signed), nowhere(), NoTemporal())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(DOORS))
async def test_no_forged_token_passes(app_with_issuer: FastAPI, issuer: FakeIssuer, name: str) -> None:
    forged = {forge.__name__: forge(issuer) for forge in FORGERIES}
    forged["expired"] = issuer.sign(**GOOD, exp=1)
    forged["of another issuer"] = issuer.sign(**GOOD, iss="https://another.example")
    forged["for another audience"] = issuer.sign(**{**GOOD, "aud": "https://another.example"})
    for kind, token in forged.items():
        async with bearing(app_with_issuer, token) as client:
            assert (await knock(client, name)).status_code == 401, kind


@pytest.fixture
async def theirs(engine: AsyncEngine) -> None:
    """Everything an id may name, at one organisation."""
    await add_cases(engine)
    await add_task(engine, id=TASK)
    async with engine.begin() as connection:
        planned = {**MEETING, "starts_at": datetime(2090, 1, 10, 10, tzinfo=UTC)}
        await connection.execute(insert(meetings).values(id="m-1", organisation="urssaf-idf", **planned))
        issue = {**NEWSLETTER, "leaves_on": date(2090, 1, 10), "sectors": []}
        await connection.execute(insert(newsletters).values(id="n-1", organisation="urssaf-idf", **issue))
        new = {"id": SUBSCRIBED, "organisation": "urssaf-idf", "url": "https://h", "types": [], "secret": "x"}
        await connection.execute(insert(subscriptions).values(new))
        out = {"id": uuid4(), "siren": SIREN, "organisation": "urssaf-idf", "type": "x", "time": func.now(), "data": {}}
        seq = await connection.scalar(insert(outgoing).values(out).returning(outgoing.c.seq))
        sent = {"id": DELIVERED, "subscription": SUBSCRIBED, "seq": seq, "siren": SIREN}
        await connection.execute(insert(deliveries).values(sent))
        kept = {"seq": 7, "source": "s", "id": "1", "type": "comet.seen", "siren": SIREN, "organisation": "urssaf-idf"}
        kept |= {"time": func.now(), "data": {}, "status": "set_aside"}
        await connection.execute(insert(events).values(kept))


@pytest.mark.usefixtures("theirs")
async def test_no_id_opens_another_organisations_door(app: FastAPI) -> None:
    for name in WITH_IDS:
        for role in sorted(DOORS[name].roles):
            async with bearing(app, f"{role}-ra-token") as neighbour:
                answer = await knock(neighbour, name)
            assert answer.status_code == 403, (name, role)
            assert "Dupont" not in answer.text


@pytest.mark.usefixtures("theirs")
async def test_after_a_transfer_the_ids_of_the_enterprise_are_the_new_organisations(
    app: FastAPI, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        for table in (journeys, tasks, cases):
            await connection.execute(update(table).values(organisation="urssaf-rhone-alpes"))
    kept = ("{newsletter}", "{subscription}", "{number}")  # an event belongs to who sent it
    theirs = [it for it in WITH_IDS if not any(name in it for name in kept)]
    moved = [it for it in theirs if "{meeting}" not in it or "{siren}" in it]
    for name in moved:
        for role in sorted(DOORS[name].roles):
            async with bearing(app, f"{role}-idf-token") as former:
                answer = await knock(former, name)
            assert answer.status_code == 403, (name, role)
            assert "Dupont" not in answer.text
    for name in (it for it in moved if it.startswith("GET")):
        async with bearing(app, f"{sorted(DOORS[name].roles)[0]}-ra-token") as new:
            assert (await knock(new, name)).status_code == 200, name
    for name in (name for name in DOORS if name.startswith("GET") and "{" not in name):
        async with bearing(app, "admin-idf-token") as former:
            answer = await former.get(name.split()[1])
        assert name in REMEMBERED or SIREN not in answer.text, name


@pytest.mark.usefixtures("theirs")
async def test_an_id_that_nobody_has_is_not_found(app: FastAPI) -> None:
    unknown = {
        **IDS,
        "siren": "552100554",
        "plan": "p-0",
        "request": "i-0",
        "appointment": "a-0",
        "meeting": "m-0",
        "newsletter": "n-0",
        "task_id": UUID(int=9),
    }
    unknown |= {"subscription": UUID(int=9), "delivery": UUID(int=9), "number": 9}
    for name in (name for name in WITH_IDS if "{" in name):
        async with bearing(app, f"{sorted(DOORS[name].roles)[0]}-idf-token") as client:
            assert (await knock(client, name, unknown)).status_code == 404, name


@pytest.mark.usefixtures("theirs")
async def test_lists_hold_nothing_of_another_organisation(app: FastAPI) -> None:
    for name in (name for name in DOORS if name.startswith("GET") and "{" not in name):
        async with bearing(app, "admin-ra-token") as neighbour:
            answer = await neighbour.get(name.split()[1])
        assert answer.status_code == 200, name
        assert SIREN not in answer.text
        assert "Dupont" not in answer.text
