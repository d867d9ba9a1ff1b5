"""The ledger is proved from stored facts: what is whole is well, what is amiss is named with what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import cli.ledger
from activities.rulebooks import open_rulebook
from cli.doctor import Unhealthy, _prove
from cli.ledger import Proofs, prove
from config.policies import load_policies
from config.settings import load
from db import journeys, records
from db.engine import make_engine
from db.ledger import NEVER_SAID
from db.records import Entry
from db.tables import events, messages, timeline
from db.tables import journeys as journeys_table
from domain.absorption import absorb
from domain.calendar import add_months
from domain.effects import Record
from domain.population import Habits, Scenario, invent
from domain.simulation import live
from tests.cli.stored import deliver_all, store, store_life
from tests.domain.rules.happenings import opened, paid
from tests.domain.rules.life import RULEBOOK, Life

SIREN = "552100554"
POLICIES = load_policies(Path(__file__).parents[2] / "policies")
OPENED_ON = add_months(datetime.now(UTC).date(), -5)
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.ledger, "NUDGED_WITHIN", timedelta())


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database_url, pool_size=2)
    yield made
    await made.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A database where one journey of five months was lived and every message delivered."""
    await open_rulebook(engine, POLICIES)
    life = Life(opened(OPENED_ON.isoformat())).until(NOW)
    async with engine.begin() as writing:
        await store_life(writing, life)
        await deliver_all(writing)
        await writing.execute(update(journeys_table).values(wake_at=life.wake_at))
    async with engine.connect() as reading:
        yield reading


async def amiss(engine: AsyncEngine) -> dict[str, list[str]]:
    return {subject: proof.examples for subject, proof in (await prove(engine, 1)).items() if proof.amiss}


async def write(connection: AsyncConnection, statement: Any) -> None:
    await connection.execute(statement)
    await connection.commit()


async def test_a_whole_journey_is_well(engine: AsyncEngine, connection: AsyncConnection) -> None:
    proofs: Proofs = await prove(engine)
    assert {subject: proof.amiss for subject, proof in proofs.items()} == dict.fromkeys(proofs, 0)
    assert proofs["due dates"].checked == 1
    assert proofs["lines"].checked > 4


async def test_journeys_with_incidents_plans_and_appointments_are_well(engine: AsyncEngine, database_url: str) -> None:
    await open_rulebook(engine, POLICIES)
    start = add_months(NOW.date(), -24)
    habits = Habits(incident=0.3, plan=0.6, extension=0.8)
    scenario = Scenario(6, 20, start, tuple(sorted(POLICIES)), POLICIES["urssaf-idf"].calendar, habits=habits)
    async with engine.begin() as writing:
        for rank in range(scenario.enterprises):
            moments = list(live(invent(scenario, rank), RULEBOOK, NOW))
            await store(writing, moments[-1].after, [(it.at, it.effects) for it in moments])
        await deliver_all(writing)
    proofs = await prove(engine, 4)
    assert {subject: proof.examples for subject, proof in proofs.items() if proof.amiss} == {}
    assert proofs["due dates"].checked == scenario.enterprises


async def test_an_empty_database_is_well(engine: AsyncEngine, database_url: str) -> None:
    assert await amiss(engine) == {}


async def test_a_decision_without_its_message_and_a_due_date_without_its_reminder_are_found(
    engine: AsyncEngine, connection: AsyncConnection
) -> None:
    await write(connection, messages.delete().where(messages.c.rule == "REM-2"))
    found = await amiss(engine)
    assert found.keys() == {"lines", "due dates"}
    assert all(example.startswith(SIREN) for example in found["due dates"])


async def test_a_due_date_is_explained_by_a_line_or_by_a_payment(
    engine: AsyncEngine, connection: AsyncConnection
) -> None:
    await write(connection, messages.delete().where(messages.c.rule == "REM-2"))
    await write(connection, timeline.delete().where(timeline.c.rule == "REM-2"))
    periods = [example.split()[1] for example in (await amiss(engine))["due dates"]]
    lines = [Record(rule="REM-3", summary=f"Pas de rappel pour {it} : déjà payé", label="skipped") for it in periods]
    await records.write(connection, [Entry(SIREN, NOW, it.kind, it.rule, it.summary) for it in lines])
    await connection.commit()
    assert await amiss(engine) == {}


async def test_a_settled_contribution_needs_no_reminder(engine: AsyncEngine, connection: AsyncConnection) -> None:
    await write(connection, messages.delete().where(messages.c.rule == "REM-2"))
    await write(connection, timeline.delete().where(timeline.c.rule == "REM-2"))
    periods = [example.split()[1] for example in (await amiss(engine))["due dates"]]
    stored = await journeys.lock(connection, SIREN)
    assert stored is not None
    journey = stored.journey
    for period in periods:
        journey, _ = absorb(paid(OPENED_ON.isoformat(), period, "100"), journey)
    await journeys.save(connection, stored, journey)
    await connection.commit()
    assert await amiss(engine) == {}


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"status": "queued"}, "ends"),
        ({"status": "sending", "attempted_at": NOW - timedelta(days=1)}, "ends"),
        ({"status": "unknown", "attempted_at": NOW - timedelta(days=1), "reason": "le prestataire"}, "ends"),
        ({"status": "dropped", "reason": None}, "proofs"),
        ({"status": "failed", "reason": None}, "proofs"),
        ({"status": "sent", "provider_id": None}, "proofs"),
        ({"provider_id": "the-same"}, "provider ids"),
    ],
)
async def test_a_message_without_a_known_end_or_its_proof_is_found(
    values: dict[str, Any], subject: str, engine: AsyncEngine, connection: AsyncConnection
) -> None:
    await write(connection, update(messages).where(messages.c.rule == "REM-2").values(**values))
    assert (await amiss(engine)).keys() == {subject}


async def test_letters_accepted_without_an_id_are_not_one_letter(
    engine: AsyncEngine, connection: AsyncConnection
) -> None:
    await connection.execute(update(messages).values(provider_id=""))
    await connection.commit()
    assert "provider ids" not in await amiss(engine)


async def test_a_doubt_that_nobody_will_ever_settle_is_an_end(engine: AsyncEngine, connection: AsyncConnection) -> None:
    given_up = {"status": "unknown", "attempted_at": NOW - timedelta(days=9), "reason": NEVER_SAID}
    await write(connection, update(messages).values(**given_up))
    assert await amiss(engine) == {}


async def test_the_same_intention_twice_is_found_though_its_constraint_is_gone(
    engine: AsyncEngine, connection: AsyncConnection
) -> None:
    await connection.execute(text("ALTER TABLE messages DROP CONSTRAINT one_intention_one_message"))
    row = (await connection.execute(messages.select().where(messages.c.rule == "ENR-4"))).first()
    assert row is not None
    copy = {**row._mapping, "id": uuid4(), "provider_id": "another"}
    await write(connection, insert(messages).values(copy))
    assert (await amiss(engine)).keys() == {"once"}


@pytest.mark.parametrize(
    ("status", "problem", "days", "well"),
    [
        ("pending", None, 0, True),
        ("pending", None, 1, False),
        ("waiting", "waits", 2, True),
        ("waiting", "waits", 30, False),
        ("refused", "another organisation", 90, True),
        ("refused", None, 0, False),
        ("lost", "?", 0, False),
    ],
)
async def test_an_event_is_applied_on_its_way_or_put_aside_with_a_reason(
    status: str, problem: str | None, days: int, well: bool, engine: AsyncEngine, connection: AsyncConnection
) -> None:
    event = {
        "source": "test",
        "id": "e",
        "type": "payment.received",
        "siren": "732829320",
        "organisation": "urssaf-idf",
        "time": NOW,
        "data": {},
        "received_at": NOW - timedelta(days=days),
        "status": status,
        "problem": problem,
    }
    await write(connection, insert(events).values(event))
    assert (await amiss(engine)).keys() == (set() if well else {"events"})


async def test_a_journey_that_sleeps_too_long_or_was_not_woken_is_found(
    engine: AsyncEngine, connection: AsyncConnection
) -> None:
    late = {"wake_at": NOW - timedelta(days=1), "nudge": 3, "nudged": 2}
    await write(connection, update(journeys_table).values(**late))
    assert (await amiss(engine)).keys() == {"wake-ups", "nudges"}


async def test_what_is_amiss_is_printed_with_what_to_do_and_ends_in_an_error(
    database_url: str, connection: AsyncConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    await write(connection, update(messages).values(provider_id=None))
    with pytest.raises(Unhealthy, match="proofs"):
        await _prove(load(database_url=SecretStr(database_url)))
    shown = capsys.readouterr().out
    assert "✘ proofs" in shown
    assert "parcours why" in shown
    assert "@" not in shown
