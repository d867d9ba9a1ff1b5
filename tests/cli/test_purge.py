"""What is not kept for ever is erased, what proves the rest stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.purge import erase_all
from db import events as inbox
from db import retention
from db.engine import make_engine
from db.events import NewEvent
from db.ledger import NEVER_SAID
from db.portal import SOURCE, sent
from db.tables import accesses, deliveries, events, messages, outgoing, subscriptions
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
    await add(engine, events, event("applied", LONG_AGO) | {"data": {"amount": "1"}} | changes)
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
    opened = {column.name: "x" for column in accesses.c if not column.nullable and column.name not in ("id", "at")}
    await add(engine, accesses, *(opened | HERE | {"at": at} for at in (LONG_AGO, ago(days=300))))
    assert (await erase_all(engine, NOW))["accesses to files"] == 1


async def test_every_span_of_a_long_table_is_looked_at(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    ages = (1, 300, 2, 200, 400)
    await add(engine, events, *(event("applied", ago(days=days)) | {"data": {"amount": "1"}} for days in ages))
    assert (await erase_all(engine, NOW))["data of events"] == 3
    assert (await erase_all(engine, NOW))["data of events"] == 0
