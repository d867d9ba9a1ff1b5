from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import publishing as module
from activities.publishing import UNREADABLE, Publisher
from api.published import EventOut
from config.sealing import MARK, Seal
from db import deliveries as queue
from db import outgoing, subscriptions, tables
from db.deliveries import find, replay
from db.engine import make_engine
from db.outgoing import OutEvent
from db.subscriptions import NewSubscription
from db.tables import deliveries
from notifications.webhook.sender import WebhookSender
from tests.fakes.server import Answer, Drop, Hang
from tests.fakes.subscriber import SECRET, FakeSubscriber

SIREN, OTHER_SIREN = "732829320", "552100554"
AT_ONCE = (timedelta(),) * 3


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=5)
    yield engine
    await engine.dispose()


@pytest.fixture
async def receiver() -> AsyncIterator[FakeSubscriber]:
    async with FakeSubscriber() as subscriber:
        yield subscriber


async def subscribe(engine: AsyncEngine, url: str, *types: str, organisation: str = "urssaf-idf") -> UUID:
    wanted = list(types or ("journey.started", "plan.decided"))
    async with engine.begin() as connection:
        new = NewSubscription(uuid4(), organisation, url, wanted, SECRET)
        return UUID(str((await subscriptions.add(connection, new)).id))


async def publish(engine: AsyncEngine, kind: str = "plan.decided", siren: str = SIREN, **data: Any) -> None:
    event = OutEvent(uuid4(), siren, "urssaf-idf", kind, datetime(2026, 3, 2, 9, tzinfo=UTC), data)
    async with engine.begin() as connection:
        await outgoing.add(connection, [event])


@asynccontextmanager
async def publishing(
    engine: AsyncEngine, pauses: tuple[timedelta, ...] = AT_ONCE, secret_of: Callable[[str], str | None] = str
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    sender = WebhookSender({"127.0.0.1"}, patience_seconds=0.5)
    running = asyncio.create_task(Publisher(engine, sender, pauses, secret_of).run(stop))
    yield
    stop.set()
    await running


async def test_secrets_stored_in_clear_are_sealed_once_and_still_sign(
    engine: AsyncEngine, receiver: FakeSubscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEALED_AT_ONCE", 2)
    known = [await subscribe(engine, receiver.url) for _ in range(5)]
    seal = Seal(SecretStr("k" * 32))
    kept = []
    for _ in range(2):
        stop = asyncio.Event()
        publisher = Publisher(
            engine, WebhookSender({"127.0.0.1"}), AT_ONCE, seal.open_or_none, close=seal.close, mark=MARK
        )
        running = asyncio.create_task(publisher.run(stop))
        while any(not secret.startswith(MARK) for secret in await _secrets(engine)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        stop.set()
        await running
        kept.append(await _secrets(engine))
    assert kept[0] == kept[1], "sealed once"
    assert [seal.open(it) for it in kept[0]] == [SECRET] * len(known)


async def test_a_worker_that_is_told_to_stop_does_not_wait_for_the_seal() -> None:
    nowhere = make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    stop = asyncio.Event()
    publisher = Publisher(nowhere, WebhookSender({"127.0.0.1"}), AT_ONCE, close=str, mark=MARK)
    running = asyncio.create_task(publisher.run(stop))
    await asyncio.sleep(0.05)
    stop.set()
    await running


async def _secrets(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        query = select(tables.subscriptions.c.secret).order_by(tables.subscriptions.c.id)
        return list((await connection.scalars(query)).all())


async def until(condition: Callable[[], Any]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def settled(engine: AsyncEngine) -> list[Any]:
    while True:
        async with engine.connect() as connection:
            rows = (await connection.execute(select(deliveries).order_by(deliveries.c.seq))).all()
        if rows and all(row.status != "pending" for row in rows):
            return list(rows)
        await asyncio.sleep(0.02)


async def test_an_event_reaches_who_subscribed_to_its_type_in_its_organisation(
    engine: AsyncEngine, receiver: FakeSubscriber
) -> None:
    await subscribe(engine, receiver.url, "plan.decided")
    await subscribe(engine, receiver.url, "journey.started")
    await subscribe(engine, receiver.url, organisation="urssaf-rhone-alpes")
    await publish(engine, plan="p-1", status="running")
    async with publishing(engine):
        await until(lambda: receiver.accepted)
        await settled(engine)
    [event] = receiver.accepted
    assert (event["type"], event["subject"], event["source"]) == (
        "fr.urssaf.parcours.plan.decided",
        SIREN,
        "parcours/urssaf-idf",
    )
    assert (event["data"], event["time"]) == ({"plan": "p-1", "status": "running"}, "2026-03-02T09:00:00+00:00")
    headers = event.pop("headers")
    assert (headers["content-type"], headers["webhook-id"]) == ("application/cloudevents+json", event["id"])
    EventOut.model_validate(event)


async def test_a_receiver_that_fails_then_comes_back_misses_nothing_and_keeps_the_order(
    engine: AsyncEngine, receiver: FakeSubscriber
) -> None:
    await subscribe(engine, receiver.url)
    receiver.script(Answer(500), Hang(), Drop(accept=False))
    for number in range(4):
        await publish(engine, number=number)
    async with publishing(engine):
        rows = await settled(engine)
    assert [event["data"]["number"] for event in receiver.accepted] == [0, 1, 2, 3]
    assert [row.attempts for row in rows] == [4, 1, 1, 1]
    assert len({event["id"] for event in receiver.attempts[:4]}) == 1
    assert [event["sequence"] for event in receiver.accepted] == sorted(e["sequence"] for e in receiver.accepted)


async def test_one_enterprise_in_trouble_delays_no_other(engine: AsyncEngine, receiver: FakeSubscriber) -> None:
    await subscribe(engine, receiver.url)
    receiver.script(Answer(500))
    await publish(engine, siren=SIREN)
    async with publishing(engine, (timedelta(hours=1),)):
        await until(lambda: receiver.attempts)
        await publish(engine, siren=SIREN)
        await publish(engine, siren=OTHER_SIREN)
        await until(lambda: receiver.accepted)
    assert [event["subject"] for event in receiver.accepted] == [OTHER_SIREN]


async def test_after_the_last_attempt_it_has_failed_and_the_next_event_goes(
    engine: AsyncEngine, receiver: FakeSubscriber
) -> None:
    await subscribe(engine, receiver.url)
    receiver.script(*[Answer(503)] * 4)
    await publish(engine, number=0)
    await publish(engine, number=1)
    async with publishing(engine):
        first, second = await settled(engine)
    assert (first.status, first.outcome, first.attempts) == ("failed", "503", 4)
    assert (second.status, second.outcome) == ("delivered", "204")


async def test_a_delivery_is_replayed_under_the_same_id(engine: AsyncEngine, receiver: FakeSubscriber) -> None:
    subscription = await subscribe(engine, receiver.url)
    await publish(engine)
    async with publishing(engine):
        [row] = await settled(engine)
        async with engine.begin() as connection:
            again = await replay(connection, subscription, row.id)
        assert again is not None
        assert (again.status, again.attempts) == ("pending", 0)
        await until(lambda: len(receiver.accepted) == 2)
        await settled(engine)
    assert receiver.accepted[0]["id"] == receiver.accepted[1]["id"]


async def test_two_workers_deliver_each_event_once(engine: AsyncEngine, receiver: FakeSubscriber) -> None:
    await subscribe(engine, receiver.url)
    for number in range(30):
        await publish(engine, siren=(SIREN, OTHER_SIREN)[number % 2], number=number)
    async with publishing(engine), publishing(engine):
        await settled(engine)
    for rank, siren in enumerate((SIREN, OTHER_SIREN)):
        mine = [event["data"]["number"] for event in receiver.accepted if event["subject"] == siren]
        assert mine == list(range(rank, 30, 2))


async def test_what_a_dead_worker_had_taken_is_delivered_by_another(
    engine: AsyncEngine, receiver: FakeSubscriber
) -> None:
    subscription = await subscribe(engine, receiver.url)
    await publish(engine)
    async with engine.begin() as connection:
        await queue.hand_out(connection, 10)
        [taken] = await queue.claim(connection, subscription, 10, timedelta(milliseconds=50))
        assert await queue.claim(connection, subscription, 10, timedelta()) == []
    async with publishing(engine):
        await settled(engine)
    assert len(receiver.accepted) == 1
    async with engine.connect() as connection:
        row = await find(connection, subscription, taken.id)
    assert row is not None
    assert row.attempts == 2


async def test_a_subscriber_that_is_gone_is_asked_nothing_any_more_until_it_is_enabled_again(
    engine: AsyncEngine, receiver: FakeSubscriber
) -> None:
    subscription = await subscribe(engine, receiver.url)
    receiver.script(Answer(410))
    async with publishing(engine):
        await publish(engine)
        [gone] = await settled(engine)
        assert (gone.status, gone.attempts, gone.outcome) == ("failed", 1, "410")
        async with engine.connect() as connection:
            row = await subscriptions.find(connection, subscription)
        assert row is not None
        assert row.disabled_at
        await publish(engine, siren=OTHER_SIREN)
        await handed_out(engine)
        assert len(await settled(engine)) == 1
        async with engine.begin() as connection:
            await subscriptions.enable(connection, subscription)
        await publish(engine, siren=OTHER_SIREN)
        await until(lambda: receiver.accepted)


async def handed_out(engine: AsyncEngine) -> None:
    async def waiting() -> int:
        async with engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).where(~tables.outgoing.c.handed_out)) or 0)

    while await waiting():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_an_event_whose_secret_cannot_be_opened_is_sent_to_nobody_and_says_why(
    engine: AsyncEngine, receiver: FakeSubscriber
) -> None:
    await subscribe(engine, receiver.url)
    await publish(engine)
    async with publishing(engine, (), lambda _: None):
        [row] = await settled(engine)
    assert (row.status, row.outcome) == ("failed", UNREADABLE)
    assert receiver.accepted == []
