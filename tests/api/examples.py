"""Enterprises, events and rows that tests speak of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projecting import project
from db import journeys
from db.engine import make_engine
from db.enterprises import describe
from db.tables import events, tasks
from domain.cases import Appointment, AppointmentStatus, Incident, Instalment, Plan
from domain.facts import AccountOpened
from domain.promises import Commitment
from domain.rules.enrolment import candidate
from domain.state import Journey, Phase

SIREN = "732829320"
OTHER_SIREN = "552100554"
DUE = {"account": "117000001234", "period": "2026-01", "due_on": "2026-02-16", "amount": "1240.50"}
OPENED = {
    "organisation": "urssaf-idf",
    "account": "117000001234",
    "opened_on": "2026-01-05",
    "name": "Boulangerie Dupont",
    "headcount": 2,
    "contact": {"name": "Léa Dupont", "email": "lea@example.org", "phone": "+33639980001"},
    "first_hire_on": "2026-01-05",
}


def event(data: dict[str, Any] | None = None, kind: str = "contribution.due", **attributes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "urssaf/test",
        "type": f"fr.urssaf.{kind}",
        "subject": SIREN,
        "time": "2026-01-15T08:30:00+01:00",
        "data": DUE if data is None else data,
    } | attributes


def bearing(app: FastAPI, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api", headers=headers)


def nowhere() -> AsyncEngine:
    """An engine whose database does not answer."""
    return make_engine("postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none")


async def stored_events(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(events).order_by(events.c.seq))).all())


async def add_journey(
    engine: AsyncEngine, siren: str = SIREN, name: str = "Boulangerie Dupont", **state: Any
) -> Journey:
    """A journey written straight into its table, active unless said otherwise."""
    started = datetime.now(UTC) - timedelta(days=30)
    opening = AccountOpened(
        id="opening",
        at=started,
        received_at=started,
        siren=siren,
        organisation=state.pop("organisation", "urssaf-idf"),
        account="117",
        opened_on=state.pop("opened_on", date.today() - timedelta(days=40)),
        headcount=state.pop("headcount", 3),
        naf="",
        quarterly=False,
        first_hire_on=None,
        accountant=state.pop("accountant", False),
        has_mail=True,
        has_phone=True,
    )
    journey = replace(candidate(opening), **{"phase": Phase.ACTIVE, "started_at": started, **state})
    async with engine.begin() as connection:
        await journeys.create(connection, journey, journey.opened_on + timedelta(days=540))
        await describe(connection, siren, {"name": name})
    return journey


async def add_cases(engine: AsyncEngine, siren: str = SIREN, **state: Any) -> Journey:
    """A journey with an unpaid period `i-1`, a plan `p-1` that awaits its answer and an appointment `a-1` on offer."""
    now = datetime.now(UTC)
    due_on, amount = now.date() + timedelta(days=20), Decimal("930.00")
    incident = Incident("i-1", "117", "2026-01", "unpaid", now, now, amount=amount, due_on=now.date())
    plan = Plan("p-1", "117", "2026-01", (Instalment(due_on, amount),), amount, now, "alice.martin")
    offered = Appointment("a-1", "other", AppointmentStatus.OFFERED, now, now + timedelta(days=8))
    promise = Commitment("plan_answer:p-1", "plan_answer", "PLN-4", "p-1", now, now + timedelta(hours=72))
    cases = {"incidents": {"i-1": incident}, "plans": {"p-1": plan}, "appointments": {"a-1": offered}}
    journey = await add_journey(engine, siren, **cases, commitments={promise.id: promise}, **state)
    before = replace(journey, incidents={}, plans={}, appointments={}, commitments={})
    async with engine.begin() as connection:
        await project(connection, before, journey)
    return journey


async def add_task(engine: AsyncEngine, siren: str = SIREN, **given: Any) -> UUID:
    now = datetime.now(UTC)
    values = {
        "id": uuid4(),
        "siren": siren,
        "organisation": "urssaf-idf",
        "key": str(uuid4()),
        "kind": "call",
        "rule": "REM-5",
        "queue": "referent",
        "assignee": "alice.martin",
        "status": "open",
        "due_at": now + timedelta(days=1),
        "opened_at": now,
        "summary": "Appeler avant l'échéance",
        "guidance": ["Rappeler la date"],
    } | given
    async with engine.begin() as connection:
        await connection.execute(insert(tasks).values(values))
    return values["id"]
