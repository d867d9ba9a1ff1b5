"""What is not kept for ever is erased, what proves the rest stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.purge import erase_all
from db import events as inbox
from db import journeys as db_journeys
from db import notes, roster, tables
from db.engine import make_engine
from db.enterprises import describe
from db.events import NewEvent
from db.ledger import NEVER_SAID
from db.portal import SOURCE, sent
from db.retention import purging
from db.tables import (
    accesses,
    deliveries,
    enterprises,
    events,
    journeys,
    messages,
    outgoing,
    subscriptions,
    upkeep,
)
from tests.api.examples import add_journey
from tests.observability.rows import HERE, NOW, SIREN, add, ago, event, message

LONG_AGO = ago(days=800)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


async def column(engine: AsyncEngine, *columns: Any) -> list[Any]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(*columns[:1]))]


def said(**values: Any) -> dict[str, Any]:
    return message("delivered", to="zoe@example.org", text="Bonjour Zoé", title="Bonjour", sent_at=NOW) | values


async def test_texts_and_addresses_of_old_messages_are_erased_and_their_proof_kept(engine: AsyncEngine) -> None:
    old, young = said(queued_at=LONG_AGO, subject="a"), said(queued_at=ago(days=300), subject="b")
    await add(engine, messages, old, young)
    assert (await erase_all(engine, NOW))["texts of messages"] == 1
    rows = await column(engine, messages.c.subject, messages.c.text, messages.c.to, messages.c.status)
    assert rows == [("a", None, None, "delivered"), ("b", "Bonjour Zoé", "zoe@example.org", "delivered")]
    async with engine.connect() as connection:
        assert [row.text for row in await sent(connection, SIREN, 10)] == ["Bonjour Zoé"]


async def test_a_message_of_which_nobody_will_ever_say_is_erased_like_the_others(engine: AsyncEngine) -> None:
    await add(engine, messages, said(queued_at=ago(days=366), status="unknown", reason=NEVER_SAID))
    assert (await erase_all(engine, NOW))["texts of messages"] == 1
    assert await column(engine, messages.c.text, messages.c.title, messages.c.to) == [(None, None, None)]


async def test_a_message_that_has_not_left_keeps_its_text(engine: AsyncEngine) -> None:
    await add(engine, messages, said(queued_at=LONG_AGO, status="unknown"))
    assert (await erase_all(engine, NOW))["texts of messages"] == 0


async def test_an_event_whose_data_is_erased_is_still_known_for_ever(engine: AsyncEngine) -> None:
    kept = NewEvent("test", "e1", "payment.received", SIREN, "urssaf-idf", NOW, {"amount": "1"})
    async with engine.begin() as connection:
        await inbox.store(connection, [kept])
        await connection.execute(events.update().values(status="applied", received_at=LONG_AGO))
    assert (await erase_all(engine, NOW))["data of events"] == 1
    async with engine.begin() as connection:
        assert await inbox.store(connection, [kept]) == set()
    assert await column(engine, events.c.id, events.c.data) == [("e1", {})]


@pytest.mark.parametrize("changes", [{"status": "waiting"}, {"source": SOURCE}, {"received_at": ago(days=100)}])
async def test_data_still_of_use_is_kept(engine: AsyncEngine, changes: dict[str, Any]) -> None:
    await add(engine, events, event("applied", ago(days=300)) | {"data": {"amount": "1"}} | changes)
    assert (await erase_all(engine, NOW))["data of events"] == 0


async def test_events_out_go_with_their_deliveries_unless_one_is_awaited(engine: AsyncEngine) -> None:
    subscription = uuid4()
    one = {"id": subscription, "organisation": "urssaf-idf", "url": "https://a.example", "types": [], "secret": "s"}
    await add(engine, subscriptions, one)
    out = HERE | {"type": "journey.started", "data": {}, "handed_out": True}
    times = (LONG_AGO, LONG_AGO, ago(days=10))
    await add(engine, outgoing, *(out | {"id": uuid4(), "seq": seq, "time": at} for seq, at in enumerate(times, 1)))
    statuses = ("delivered", "pending", "delivered")
    row = {"subscription": subscription, "siren": SIREN}
    await add(engine, deliveries, *(row | {"seq": seq, "status": it} for seq, it in enumerate(statuses, 1)))
    assert (await erase_all(engine, NOW))["events out"] == 1
    assert await column(engine, outgoing.c.seq) == await column(engine, deliveries.c.seq) == [(2,), (3,)]


async def test_who_opened_a_file_is_forgotten_after_a_year(engine: AsyncEngine) -> None:
    given = [column for column in accesses.c if not column.nullable and column.server_default is None]
    opened = {column.name: "x" for column in given if column.name != "id"}
    await add(engine, accesses, *(opened | HERE | {"at": at} for at in (LONG_AGO, ago(days=300))))
    assert (await erase_all(engine, NOW))["accesses to files"] == 1


async def test_every_span_of_a_long_table_is_looked_at(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "ROWS", 2)
    ages = (1, 300, 2, 200, 400)
    await add(engine, events, *(event("applied", ago(days=days)) | {"data": {"amount": "1"}} for days in ages))
    assert (await erase_all(engine, NOW))["data of events"] == 3
    assert (await erase_all(engine, NOW))["data of events"] == 0


CONTACT = {"contact_name": "Zoé", "email": "zoe@example.org", "accountant_email": "cabinet@example.org"}


async def ended(engine: AsyncEngine, on: date, siren: str = SIREN) -> None:
    """A journey that ended on a day, with its people and their words."""
    await add_journey(engine, siren, referent="alice.martin")
    async with engine.begin() as connection:
        await connection.execute(journeys.update().where(journeys.c.siren == siren).values(ends_on=on, phase="closed"))
        await describe(connection, siren, CONTACT)
        await notes.keep(connection, siren=siren, organisation="urssaf-idf", subject="x", author="a", text="Zoé dit")


async def known(engine: AsyncEngine) -> tuple[Any, ...]:
    """What is still known of a contact, a name, a note, a referent."""
    async with engine.connect() as connection:
        row = (await connection.execute(select(enterprises.c.email, enterprises.c.name))).one()
        text = await connection.scalar(select(tables.notes.c.text))
        return (*row, text, await connection.scalar(select(journeys.c.referent)))


WHOLE = ("zoe@example.org", "Boulangerie Dupont", "Zoé dit", "alice.martin")


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 9, 15, tzinfo=UTC), WHOLE),
        (datetime(2026, 9, 16, tzinfo=UTC), (None, *WHOLE[1:])),
        (datetime(2029, 12, 31, 23, tzinfo=UTC), (None, *WHOLE[1:])),
        (datetime(2030, 1, 1, tzinfo=UTC), (None, "", "", None)),
    ],
)
async def test_addresses_are_kept_six_months_after_a_journey_and_its_file_until_contributions_lapse(
    engine: AsyncEngine, now: datetime, left: tuple[Any, ...]
) -> None:
    await ended(engine, date(2026, 3, 15))
    await erase_all(engine, now)
    assert await known(engine) == left


async def test_a_closed_journey_that_something_happens_to_again_is_looked_at_again(engine: AsyncEngine) -> None:
    await ended(engine, date(2020, 3, 15))
    await erase_all(engine, NOW)
    async with engine.begin() as connection:
        stored = await db_journeys.lock(connection, SIREN)
        assert stored
        await db_journeys.save(connection, stored, replace(stored.journey, referent="bruno.petit"))
        await describe(connection, SIREN, CONTACT)
    await erase_all(engine, NOW)
    assert await known(engine) == (None, "", "", None)


async def test_a_purge_stopped_in_the_middle_goes_on_where_it_was(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "JOURNEYS", 1)
    for siren in ("552100554", "732829320", "356000000"):
        await ended(engine, date(2020, 3, 15), siren)
    left = purging._forget
    seen: list[int] = []

    async def fail_at_the_second(*given: Any) -> int:
        seen.append(1)
        if len(seen) == 2:
            raise OSError
        return await left(*given)

    monkeypatch.setattr(purging, "_forget", fail_at_the_second)
    with pytest.raises(OSError):  # noqa: PT011
        await erase_all(engine, NOW)
    assert await last_success(engine) is None
    assert (await erase_all(engine, NOW))["contacts"] == 2
    assert await last_success(engine) is not None


async def last_success(engine: AsyncEngine) -> Any:
    async with engine.connect() as connection:
        return await connection.scalar(select(upkeep.c.done_at).where(upkeep.c.name == "purge"))


async def test_an_agent_who_left_is_forgotten_after_a_year_and_one_who_came_back_is_not(engine: AsyncEngine) -> None:
    place = ("urssaf-idf", "camille")
    there = roster.Profile("Camille", "camille@example.org", None, trained=True, absences=[])
    async with engine.begin() as connection:
        await roster.write(connection, *place, there, NOW)
        await roster.write(connection, *place, replace(there, trained=False), NOW)
        await roster.write(connection, *place, replace(there, trained=False, email=None), NOW)
    assert (await erase_all(engine, NOW + timedelta(days=360)))["agents who left"] == 0
    async with engine.begin() as connection:
        await roster.write(connection, *place, there, NOW)
    assert (await erase_all(engine, NOW + timedelta(days=400)))["agents who left"] == 0
    async with engine.begin() as connection:
        await roster.write(connection, *place, replace(there, trained=False), NOW)
    assert (await erase_all(engine, NOW + timedelta(days=400)))["agents who left"] == 1
