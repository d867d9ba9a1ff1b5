"""The pace of letters: one for all workers, and what keeps deliveries at once from being in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import pacing
from activities.pacing import Bulkhead, Pace, Turn
from db import paces
from db.engine import make_engine
from db.tables import paces as table

EACH = timedelta(seconds=1 + pacing.LATE.total_seconds()) / 8
"""Of ten letters a second: whatever the second, those that leave side by side, or a little late, are among the ten."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=5)
    yield engine
    await engine.dispose()


async def free_at(engine: AsyncEngine) -> datetime:
    async with engine.connect() as connection:
        found: datetime = (await connection.execute(select(table.c.free_at))).scalar_one()
        return found


async def take(engine: AsyncEngine, taken: timedelta) -> timedelta:
    async with engine.begin() as connection:
        wait = await paces.take(connection, pacing.LETTERS, taken, pacing.FAR)
    assert wait is not None
    return wait


async def turns_of(orders: Iterable[tuple[Pace, int]]) -> list[Turn]:
    turns = await asyncio.gather(*(pace.turn(letters) for pace, letters in orders))
    return [turn for turn in turns if turn]


async def test_letters_of_all_workers_leave_one_after_the_other(engine: AsyncEngine) -> None:
    ahead = timedelta(seconds=20)
    assert await take(engine, ahead) == timedelta()
    began = await free_at(engine)
    workers = [Pace(engine, 10), Pace(engine, 10)]
    turns = await turns_of((worker, letters) for worker in workers for letters in (1, 2, 3))
    assert await free_at(engine) == began + 12 * EACH
    assert all(turn.at > monotonic() + 10 for turn in turns)
    apart = [after.at - before.at for before, after in pairwise(turns[:3])]
    assert apart == pytest.approx([EACH.total_seconds(), 2 * EACH.total_seconds()])


async def test_a_turn_that_is_far_is_neither_waited_for_nor_spent(engine: AsyncEngine) -> None:
    pace = Pace(engine, 2)
    turns = await turns_of((pace, 2) for _ in range(100))
    later = await turns_of((pace, 2) for _ in range(100))
    assert 0 < len(turns) <= 15 >= len(later)
    assert all(turn.at < monotonic() + 2 * pacing.FAR.total_seconds() for turn in [*turns, *later])
    assert await free_at(engine) < datetime.now(UTC) + 2 * pacing.FAR
    assert not pace.is_free


async def test_a_clock_put_back_keeps_no_letter_waiting(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        ahead = datetime.now(UTC) + timedelta(hours=1)
        await connection.execute(table.insert().values(name=pacing.LETTERS, free_at=ahead))
    assert await take(engine, EACH) == timedelta()


async def test_a_rate_of_less_than_a_letter_in_half_a_minute_is_kept_too(engine: AsyncEngine) -> None:
    pace = Pace(engine, 0.02)
    assert await pace.turn(1)
    assert await pace.turn(1) is None
    assert timedelta(seconds=90) < await free_at(engine) - datetime.now(UTC) <= timedelta(seconds=110)


async def test_a_letter_is_opened_just_before_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(pacing, "monotonic", lambda: 100.0)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    turn = Turn(110.0)
    await turn.is_near()
    await turn.has_come()
    await Turn(99.0).has_come()
    assert slept == pytest.approx([10.0 - pacing.LEAD.total_seconds(), 10.0])


def test_who_comes_a_little_late_has_not_missed_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "monotonic", lambda: 100.0)
    late = pacing.LATE.total_seconds()
    assert not Turn(100.0 - 0.9 * late).is_missed
    assert Turn(100.0 - 1.1 * late).is_missed
    assert pacing.NOW.is_missed


async def test_after_a_missed_turn_the_next_ones_come_later_until_all_goes_well_again(engine: AsyncEngine) -> None:
    pace = Pace(engine, 1000)
    assert await lead_of(pace) == pacing.LEAD
    for _ in range(2):
        assert await pace.another(1)
    assert 3 * pacing.LEAD < await lead_of(pace) < 4 * pacing.LEAD
    for _ in range(20):
        assert await pace.another(1)
    assert await lead_of(pace) < pacing.LONGEST_LEAD
    for _ in range(60):
        await pace.turn(1)
    assert await lead_of(pace) == pacing.LEAD


async def lead_of(pace: Pace) -> timedelta:
    asked = monotonic()
    turn = await pace.turn(1)
    assert turn
    assert turn.at - asked >= turn.lead.total_seconds() - 0.001
    return turn.lead


async def test_who_has_longer_to_open_leaves_after_those_who_asked_before_and_before_those_after(
    engine: AsyncEngine,
) -> None:
    patient, quick = Pace(engine, 10), Pace(engine, 10)
    await patient.another(1)
    turns = await turns_of([(quick, 1)]) + await turns_of([(patient, 1)]) + await turns_of([(quick, 1)])
    apart = [after.at - before.at for before, after in pairwise(turns)]
    assert all(it >= EACH.total_seconds() - 0.01 for it in apart)


async def test_another_turn_is_waited_for_only_while_the_letters_are_fresh(engine: AsyncEngine) -> None:
    await take(engine, pacing.FRESH + timedelta(seconds=5))
    pace = Pace(engine, 10)
    assert await pace.another(1) is None
    assert await pace.turn(1)


async def test_a_worker_that_has_to_wait_leaves_the_rest_to_the_queue(engine: AsyncEngine) -> None:
    pace = Pace(engine, 0.001)
    assert pace.is_free
    await pace.turn(1)
    assert not pace.is_free


async def test_what_was_not_used_in_time_is_lost(engine: AsyncEngine) -> None:
    """A quiet hour does not entitle to a storm."""
    async with engine.begin() as connection:
        await connection.execute(table.insert().values(name=pacing.LETTERS, free_at=datetime(2020, 1, 1).astimezone()))
    assert await take(engine, timedelta(seconds=20)) == timedelta()
    assert timedelta(seconds=10) < await take(engine, EACH) <= timedelta(seconds=20)


@given(rooms=some.integers(1, 5), more=some.integers(0, 5))
async def test_no_more_enter_than_there_are_rooms(rooms: int, more: int) -> None:
    bulkhead, leave = Bulkhead(rooms), asyncio.Event()
    entered = 0

    async def enter() -> None:
        nonlocal entered
        if bulkhead.is_open:
            async with bulkhead.entered():
                entered += 1
                await leave.wait()

    staying = [asyncio.create_task(enter()) for _ in range(rooms + more)]
    await asyncio.sleep(0)
    assert entered == rooms
    assert not bulkhead.is_open
    leave.set()
    await asyncio.gather(*staying)
    assert bulkhead.is_open


async def test_after_one_who_stayed_too_long_nobody_enters_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr(pacing, "monotonic", lambda: clock)
    bulkhead = Bulkhead(3)
    async with bulkhead.entered():
        clock = pacing.SLOW.total_seconds() + 1
    assert not bulkhead.is_open
    clock += pacing.CALM.total_seconds()
    assert bulkhead.is_open
