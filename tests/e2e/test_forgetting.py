"""Canaries through every door, then ten years or an erasure: searched column by column, nothing personal is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import exists, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import WorkflowExecutionStatus

from activities.contract import workflow_id
from activities.erasing import erase_enterprise, erase_person
from db.audit import rulebook
from db.engine import make_engine
from db.indicators import STATEMENTS
from db.indicators import Span as Days
from db.indicators import read as read_indicator
from db.retention.erasing import Report
from db.retention.people import Person
from db.retention.purging import purge
from db.tables import events, journeys, messages, surveys, tasks
from domain.messages import Recipient
from notifications.links import Holder, Links
from tests.e2e.conftest import SIREN, System, bearer
from tests.e2e.test_from_an_event_to_its_receipt import ACCOUNT, MINE, enrol

CANARY = "canari"
MAIL, PHONE, SAID = "canari.contact@example.org", "+33639984242", "06 39 98 42 42"
ACCOUNTANT = {"name": "Canari Compta", "email": "canari.compta@example.org", "phone": "+33639984243"}
CONTACT = {"name": "Canari Contact", "email": MAIL, "phone": PHONE}
COLUMNS = text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
KEPT_WHEN_ERASED = {
    *(("accesses", it) for it in ("author", "subject")),
    *(("agents", it) for it in ("agent", "name", "email", "phone")),
}
"""Access logs, 6 to 12 months (law.md); an agent who serves is no person of the enterprise."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


async def found(engine: AsyncEngine, *needles: str) -> set[tuple[str, str]]:
    """The columns of any type in which a needle stands."""
    where = set()
    async with engine.connect() as connection:
        for table, column in (await connection.execute(COLUMNS)).all():
            for needle in needles:
                query = text(
                    f'SELECT EXISTS (SELECT FROM "{table}" WHERE lower("{column}"::text) LIKE :said'
                    f" OR \"{column}\"::text LIKE '%' || encode(convert_to(:needle, 'UTF8'), 'hex') || '%')"
                )
                given = {"said": f"%{needle.lower()}%", "needle": needle}
                if await connection.scalar(query, given):
                    where.add((table, column))
    return where


async def indicators(engine: AsyncEngine) -> dict[str, Any]:
    today = datetime.now(UTC)
    first, last = (today - timedelta(days=900)).date(), (today + timedelta(days=1)).date()
    span = Days("urssaf-idf", first, last, today - timedelta(days=900), today + timedelta(days=1), "Europe/Paris")
    async with engine.connect() as connection:
        return {name: [dict(it) for it in await read_indicator(connection, name, span)] for name in STATEMENTS}


async def post(system: System, path: str, token: str = "agt", **body: Any) -> Any:
    answer = await system.api.post(path, json=body, headers={**bearer(token), "Idempotency-Key": str(uuid4())})
    assert answer.status_code < 300, answer.text
    return answer.json()


async def fill_by_events(system: System) -> None:
    due_on = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    await system.post_event("contact.changed", contact=CONTACT)
    await system.post_event("accountant.appointed", accountant=ACCOUNTANT)
    incident = {"account": ACCOUNT, "period": "2026-01", "kind": "unpaid", "amount": "900.00", "due_on": due_on}
    await system.post_event("incident.detected", **incident, employee_share="100.00")
    await system.post_event("contact.changed", siren="552100554", contact={"name": "Canari Sans Compte"})
    await system.until(MINE, lambda journey: journey["incidents"] and journey["has_accountant"])


async def fill_by_the_api(system: System) -> None:
    agent = {"name": "Canari Agent", "email": "canari.agent@example.org", "phone": "+33639984244", "trained": True}
    put = await system.api.put("/v1/agents/canari.agent", json={**agent, "absences": []}, headers=bearer("sup"))
    assert put.status_code == 200, put.text
    drawn = [{"due_on": (datetime.now(UTC).date() + timedelta(days=60)).isoformat(), "amount": "900.00"}]
    plan = await post(system, f"{MINE}/plans", period="2026-01", instalments=drawn, reason=f"Canari plan {SAID}")
    await post(system, f"/v1/plans/{plan['id']}/decision", decision="refuse", reason="Canari refus")
    await post(system, f"{MINE}/difficulties", period="2026-06", note="Canari difficulté")
    await post(system, f"{MINE}/mediations", note=f"Canari médiation, écrire à {MAIL.upper()}")


def link(system: System, action: str, subject: str = "") -> str:
    """As letters to the contact hold it, once it has changed."""
    until, holder = datetime.now(UTC) + timedelta(days=30), Holder(Recipient.ENTERPRISE, 1)
    return Links("0" * 32, system.url).url(action, SIREN, until, subject, holder=holder)


async def fill_by_the_portal(system: System) -> None:
    question = {"acte": "probleme", "texte": "Canari question", "vue": "1"}
    asked = await system.api.post(link(system, "help"), data=question)
    assert asked.status_code == 303, asked.text
    filled = {"satisfaction": "4", "effort": "2", "comment": "Canari commentaire"}
    answered = await system.api.post(link(system, "survey", "survey:incident:x"), data=filled)
    assert answered.status_code == 303, answered.text
    chosen = await system.api.post(link(system, "preferences"), data={"recevoir": "mail:reminder"})
    assert chosen.status_code == 303, chosen.text


async def filled(system: System, engine: AsyncEngine) -> None:
    await enrol(system)
    await fill_by_events(system)
    await fill_by_the_api(system)
    await fill_by_the_portal(system)
    async with engine.begin() as connection:
        # A letter of the night waits for the morning: one that left is written here as deliveries write it.
        words = {"text": "Bonjour Canari Contact", "to": MAIL, "title": "Canari", "status": "delivered"}
        first = select(messages.c.id).where(messages.c.siren == SIREN).limit(1).scalar_subquery()
        await connection.execute(update(messages).where(messages.c.id == first).values(words))
        # Which tasks are open depends on the hour: one is ended as an agent ends it.
        ended = {"status": "done", "outcome": "Canari issue", "note": f"Canari {PHONE}", "done_by": "canari.agent"}
        one = select(tasks.c.id).where(tasks.c.siren == SIREN).limit(1).scalar_subquery()
        await connection.execute(update(tasks).where(tasks.c.id == one).values(ended))


EXPECTED = {
    ("enterprises", "contact_name"),
    ("enterprises", "accountant_email"),
    ("notes", "text"),
    ("tasks", "note"),
    ("tasks", "outcome"),
    ("surveys", "comment"),
    ("events", "data"),
    ("messages", "text"),
    ("agents", "email"),
}


async def test_ten_years_later_nothing_personal_is_left_and_indicators_are_as_they_were(
    system: System, engine: AsyncEngine
) -> None:
    await filled(system, engine)
    leaving = {"name": "Canari Agent", "email": "canari.agent@example.org", "phone": None, "trained": False}
    await system.api.put("/v1/agents/canari.agent", json={**leaving, "absences": []}, headers=bearer("sup"))
    assert await found(engine, CANARY, PHONE) >= EXPECTED
    await until_quiet(system, engine)
    before = await indicators(engine)
    await purge(engine, datetime.now(UTC) + timedelta(days=3653))
    assert await found(engine, CANARY, PHONE, PHONE[3:], SAID, "alice.martin@") == set()
    assert await indicators(engine) == before
    assert set((await purge(engine, datetime.now(UTC) + timedelta(days=3653))).values()) == {0}


async def until_quiet(system: System, engine: AsyncEngine) -> None:
    """Until every event stored is applied and what may leave now has left, so that two counts are of the same facts."""
    leaving = messages.c.immediate & messages.c.status.in_(("queued", "sending"))
    waiting = select(or_(exists().where(events.c.status == "pending"), exists().where(leaving)))
    before: Any = None
    for _ in range(100):
        async with engine.connect() as connection:
            quiet = not await connection.scalar(waiting)
        now = await indicators(engine)
        if quiet and now == before:
            return
        before = now
        await asyncio.sleep(0.5)
    raise AssertionError("events or letters wait")


async def erase(engine: AsyncEngine) -> Report:
    async with engine.begin() as connection:
        return await erase_enterprise(connection, await rulebook(connection), SIREN)


async def over(system: System) -> None:
    handle = system.temporal.get_workflow_handle(workflow_id(SIREN))
    for _ in range(200):
        if (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
            break
        await asyncio.sleep(0.1)
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_an_erased_enterprise_leaves_nothing_personal_but_what_the_law_keeps(
    system: System, engine: AsyncEngine
) -> None:
    await filled(system, engine)
    await until_quiet(system, engine)
    before = await indicators(engine)
    report = await erase(engine)
    await over(system)
    # An event of another enterprise, which waits for its account.
    others = {("events", "data")}
    assert await found(engine, CANARY, PHONE, PHONE[3:], SAID) - others <= KEPT_WHEN_ERASED
    async with engine.connect() as connection:
        data = await connection.scalars(select(events.c.data).where(events.c.siren == SIREN))
        assert all(it == {} for it in data)
    assert await indicators(engine) == before
    assert any(line.startswith("accesses") for line in report.kept)
    assert any(line.startswith("messages") for line in report.kept)


async def test_what_is_told_of_an_erased_enterprise_later_does_not_bring_it_back(
    system: System, engine: AsyncEngine
) -> None:
    await filled(system, engine)
    await until_quiet(system, engine)
    await erase(engine)
    await over(system)
    await system.post_event("contact.changed", contact=CONTACT)
    await enrol_again(system)
    await until_quiet(system, engine)
    marks = {"satisfaction": "4", "effort": "2", "comment": "Canari revient"}
    assert (await system.api.post(link(system, "survey", "survey:exit:y"), data=marks)).status_code == 404
    refused = await system.api.post(f"{MINE}/mediations", json={"note": "Canari revient"}, headers=bearer("agt"))
    assert refused.status_code == 409
    async with engine.connect() as connection:
        rows = (await connection.execute(select(events.c.status, events.c.data).where(events.c.siren == SIREN))).all()
        assert {row.status for row in rows[-2:]} == {"refused"}
        assert all(row.data == {} for row in rows)
        assert await connection.scalar(select(journeys.c.wake_at).where(journeys.c.siren == SIREN)) is None
        assert await connection.scalar(select(surveys.c.comment).where(surveys.c.moment == "survey:exit:y")) is None
    assert not {("enterprises", "email"), ("notes", "text")} & await found(engine, CANARY)


async def enrol_again(system: System) -> None:
    opened = (datetime.now(UTC).date() - timedelta(days=10)).isoformat()
    answer = await system.post_event(
        "account.opened",
        organisation="urssaf-idf",
        account=ACCOUNT,
        opened_on=opened,
        name="Canari Boulangerie",
        headcount=1,
        naf="10.71C",
        periodicity="monthly",
        contact=CONTACT,
        accountant=None,
        first_hire_on=opened,
    )
    assert answer.status_code == 202


@pytest.mark.parametrize("address", [MAIL.upper(), SAID])
async def test_a_person_is_erased_by_any_address_and_the_journey_goes_on(
    system: System, engine: AsyncEngine, address: str
) -> None:
    await filled(system, engine)
    await until_quiet(system, engine)
    before = await indicators(engine)
    async with engine.begin() as connection:
        await erase_person(connection, await rulebook(connection), Person.known_by(address))
    if "@" in address:
        assert await found(engine, MAIL, "Canari Contact") == set()
    else:
        assert await found(engine, PHONE, SAID, "Canari Contact") == set()
    assert ("enterprises", "accountant_email") in await found(engine, ACCOUNTANT["email"])
    journey = await system.get(MINE)
    assert journey["phase"] == "active"
    assert await indicators(engine) == before
