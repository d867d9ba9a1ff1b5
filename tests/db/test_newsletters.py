"""REG-1: an issue reaches each open journey it is for once, a few at a time, behind everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db import journeys, newsletters
from db.engine import make_engine
from db.newsletters import Issue
from db.refusals import Refused, Unknown
from db.tables import events
from domain.state import Journey, Phase

IDF, RHONE = "urssaf-idf", "urssaf-rhone-alpes"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TODAY = NOW.date()
ISSUE = Issue("Ce qui change", "Bonjour.", [], TODAY)
BAKERS, SHOPS = [f"{number:09}" for number in range(1, 6)], [f"{number:09}" for number in range(6, 9)]
CLOSED, ELSEWHERE = "000000009", "000000010"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=10)
    async with engine.begin() as connection:
        for siren in (*BAKERS, *SHOPS, CLOSED, ELSEWHERE):
            journey = Journey(
                siren,
                RHONE if siren == ELSEWHERE else IDF,
                "117",
                date(2026, 11, 2),
                announced_at=NOW,
                naf="47.11B" if siren in SHOPS else "10.71C",
                phase=Phase.CLOSED if siren == CLOSED else Phase.NOTICE if siren == BAKERS[0] else Phase.ACTIVE,
            )
            await journeys.create(connection, journey, date(2028, 5, 2))
    yield engine
    await engine.dispose()


async def plan(engine: AsyncEngine, issue: Issue = ISSUE, newsletter: str = "n-1") -> None:
    async with engine.begin() as connection:
        await newsletters.plan(connection, IDF, newsletter, issue, TODAY)


async def hand_out(engine: AsyncEngine, today: date = TODAY, organisation: str = IDF) -> bool:
    async with engine.begin() as connection:
        return await newsletters.hand_out(connection, organisation, today, NOW)


async def told(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(events).order_by(events.c.seq))
        return [f"{row.data['newsletter']} {row.siren}" for row in rows]


async def applied(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(events).values(status="applied"))


async def test_every_open_journey_of_the_organisation_is_told_once(engine: AsyncEngine) -> None:
    await plan(engine)
    assert await hand_out(engine)
    assert await told(engine) == [f"n-1 {siren}" for siren in (*BAKERS, *SHOPS)]
    assert not await hand_out(engine)
    async with engine.connect() as connection:
        row = await newsletters.find(connection, IDF, "n-1")
    assert (row.readers, row.handed_out_at) == (8, NOW)


async def test_a_sectors_issue_is_for_its_journeys(engine: AsyncEngine) -> None:
    await plan(engine, replace(ISSUE, sectors=["47"]))
    async with engine.connect() as connection:
        assert await newsletters.count_readers(connection, IDF, ["47"]) == 3
        assert await newsletters.count_readers(connection, IDF, []) == 8
    await hand_out(engine)
    assert await told(engine) == [f"n-1 {siren}" for siren in SHOPS]


async def test_a_few_journeys_at_a_time_and_the_next_once_their_events_are_applied(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newsletters, "CHUNK", 3)
    await plan(engine)
    assert await hand_out(engine)
    assert len(await told(engine)) == 3
    assert not await hand_out(engine)
    await applied(engine)
    while await hand_out(engine):
        await applied(engine)
    assert await told(engine) == [f"n-1 {siren}" for siren in (*BAKERS, *SHOPS)]


async def test_relays_that_hand_out_together_tell_nobody_twice(engine: AsyncEngine) -> None:
    await plan(engine)
    await asyncio.gather(*(hand_out(engine) for _ in range(6)))
    assert sorted(await told(engine)) == [f"n-1 {siren}" for siren in (*BAKERS, *SHOPS)]


async def test_an_issue_waits_for_its_day_and_leaves_on_a_later_one_if_nothing_ran(engine: AsyncEngine) -> None:
    await plan(engine, replace(ISSUE, leaves_on=TODAY + timedelta(days=2)))
    assert not await hand_out(engine, TODAY + timedelta(days=1))
    assert await hand_out(engine, TODAY + timedelta(days=4))


async def test_an_issue_withdrawn_does_not_leave(engine: AsyncEngine) -> None:
    await plan(engine)
    for _ in range(2):
        async with engine.begin() as connection:
            await newsletters.withdraw(connection, IDF, "n-1")
    assert not await hand_out(engine)


async def test_an_issue_on_its_way_is_withdrawn_no_more(engine: AsyncEngine) -> None:
    await plan(engine)
    await hand_out(engine)
    with pytest.raises(Refused, match="déjà en route"):
        async with engine.begin() as connection:
            await newsletters.withdraw(connection, IDF, "n-1")


async def test_an_issue_for_nobody_is_on_its_way_all_the_same(engine: AsyncEngine) -> None:
    await plan(engine, replace(ISSUE, sectors=["01"]))
    assert await hand_out(engine)
    assert not await hand_out(engine)
    assert await told(engine) == []
    with pytest.raises(Refused, match="déjà en route"):
        async with engine.begin() as connection:
            await newsletters.withdraw(connection, IDF, "n-1")


async def test_yesterday_is_refused_and_another_organisations_issue_unknown(engine: AsyncEngine) -> None:
    with pytest.raises(Refused, match="jour à venir"):
        await plan(engine, replace(ISSUE, leaves_on=TODAY - timedelta(days=1)))
    await plan(engine)
    async with engine.begin() as connection:
        for deed in (newsletters.find, newsletters.withdraw):
            with pytest.raises(Unknown):
                await deed(connection, RHONE, "n-1")
