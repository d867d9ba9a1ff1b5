"""APT-2: what is free, what is held, and that no slot is ever held twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from db import bookings, journeys, slots, waiting
from db.engine import make_engine
from db.slots import OverlappingSlots, Published
from db.tables import agents, events
from db.tables import bookings as booked
from db.waiting import Waiter
from domain.state import Journey

IDF, ALICE, ZONE = "urssaf-idf", "alice.martin", "Europe/Paris"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=20)
    yield engine
    await engine.dispose()


def at(day: int, hour: int = 10, minutes: int = 30, *formats: str) -> Published:
    return Published(datetime(2026, 11, day, hour, tzinfo=UTC), minutes, formats or ("in_person", "phone"))


async def publish(engine: AsyncEngine, *published: Published, agent: str = ALICE) -> list[str]:
    async with engine.begin() as connection:
        return [slot.id for slot in await slots.publish(connection, IDF, agent, published, NOW)]


async def free(engine: AsyncEngine, **narrowed: Any) -> list[str]:
    async with engine.connect() as connection:
        return [slot.id for slot in await slots.free(connection, IDF, ZONE, NOW, **narrowed)]


async def book(engine: AsyncEngine, slot: str, appointment: str = "rdv", siren: str = "552100554") -> None:
    async with engine.begin() as connection:
        await bookings.book(connection, siren, appointment, slot, NOW)


async def told(engine: AsyncEngine) -> list[tuple[str, str, dict[str, Any]]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(events).order_by(events.c.seq))
        return [(row.siren, row.type, row.data) for row in rows]


async def start(engine: AsyncEngine, siren: str) -> None:
    async with engine.begin() as connection:
        journey = Journey(siren, IDF, "117", date(2026, 11, 2), announced_at=NOW)
        await journeys.create(connection, journey, date(2028, 5, 2))


async def absent(engine: AsyncEngine, *absences: tuple[str, str]) -> int:
    async with engine.begin() as connection:
        await connection.execute(agents.delete())
        row = {"organisation": IDF, "agent": ALICE, "name": "Alice Martin", "trained": True}
        spans = [{"from": first, "to": last} for first, last in absences]
        await connection.execute(agents.insert().values({**row, "absences": spans}))
        return await bookings.attend(connection, IDF, ALICE, ZONE, NOW)


async def test_a_hundred_bookings_of_one_slot_make_one(engine: AsyncEngine) -> None:
    (slot,) = await publish(engine, at(5))

    async def attempt(number: int) -> bool:
        async with engine.begin() as connection:
            await slots.hold(connection, [slot])
            if not await slots.free(connection, IDF, ZONE, NOW, wanted=[slot]):
                return False
            await bookings.book(connection, f"{number:09}", f"rdv-{number}", slot, NOW)
            return True

    won = await asyncio.gather(*(attempt(number) for number in range(100)))
    assert won.count(True) == 1
    async with engine.connect() as connection:
        assert len((await connection.execute(select(booked))).all()) == 1


async def test_the_database_itself_refuses_a_double_booking(engine: AsyncEngine) -> None:
    (slot,) = await publish(engine, at(5))
    await book(engine, slot, "first")
    with pytest.raises(IntegrityError):
        await book(engine, slot, "second")


async def test_the_same_availability_published_twice_is_the_same_slots(engine: AsyncEngine) -> None:
    assert await publish(engine, at(5), at(6)) == await publish(engine, at(6), at(5))


async def test_publishing_replaces_what_is_free_and_leaves_what_is_booked(engine: AsyncEngine) -> None:
    first, second = await publish(engine, at(5), at(6))
    await book(engine, second)
    ahead = await publish(engine, at(7))
    assert ahead[0] == second
    assert await free(engine) == ahead[1:]
    assert first not in ahead


async def test_slots_of_one_agent_may_not_overlap_and_those_of_two_may(engine: AsyncEngine) -> None:
    with pytest.raises(OverlappingSlots):
        await publish(engine, at(5, 10, 90), at(5, 11))
    await publish(engine, at(5, 10, 60), at(5, 11))
    await publish(engine, at(5, 10, 90), agent="bruno.petit")
    assert len(await free(engine)) == 3


async def test_a_new_slot_may_not_overlap_one_that_is_booked(engine: AsyncEngine) -> None:
    (slot,) = await publish(engine, at(5, 10, 90))
    await book(engine, slot)
    with pytest.raises(OverlappingSlots):
        await publish(engine, at(5, 11))


async def test_slots_gone_by_are_neither_published_nor_free(engine: AsyncEngine) -> None:
    assert await publish(engine, Published(NOW - timedelta(hours=1), 30, ("phone",))) == []


async def test_the_slots_of_an_absent_agent_are_not_free(engine: AsyncEngine) -> None:
    _, after = await publish(engine, at(5), at(6))
    await absent(engine, ("2026-11-03", "2026-11-05"))
    assert await free(engine) == [after]


async def test_an_absence_is_counted_in_local_days(engine: AsyncEngine) -> None:
    (night,) = await publish(engine, at(5, 23))
    await absent(engine, ("2026-11-05", "2026-11-05"))
    assert await free(engine) == [night]


async def test_an_absence_laid_over_a_booking_is_told_once_and_so_is_its_end(engine: AsyncEngine) -> None:
    await start(engine, "552100554")
    (slot,) = await publish(engine, at(5))
    await book(engine, slot)
    assert [await absent(engine, ("2026-11-04", "2026-11-06")) for _ in range(2)] == [1, 0]
    assert await absent(engine) == 1
    assert await told(engine) == [
        ("552100554", "slot.attendance", {"slot": slot, "attended": attended}) for attended in (False, True)
    ]


async def test_a_released_slot_is_free_again(engine: AsyncEngine) -> None:
    (slot,) = await publish(engine, at(5))
    await book(engine, slot)
    assert await free(engine) == []
    async with engine.begin() as connection:
        assert await bookings.release(connection, "rdv") == IDF
        assert await bookings.release(connection, "rdv") is None
    assert await free(engine) == [slot]


async def test_as_many_as_there_are_slots_are_told_priority_first(engine: AsyncEngine) -> None:
    for siren, appointment, priority in (("552100554", "old", False), ("443061841", "urgent", True)):
        await start(engine, siren)
        async with engine.begin() as connection:
            await waiting.replace(connection, siren, [Waiter(appointment, siren, IDF, priority, NOW)])
    await publish(engine, at(5))
    assert await told(engine) == [("443061841", "slot.freed", {"appointment": "urgent"})]
    await publish(engine, at(5), at(6), at(7))
    assert [siren for siren, _, _ in await told(engine)] == ["443061841", "552100554"]


async def test_a_slot_that_is_wanted_is_looked_at_however_far_it_is(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "LOOK_AHEAD", 1)
    soon, far = await publish(engine, at(5), at(28))
    assert (await free(engine), await free(engine, wanted=[far])) == ([soon], [far])
