"""APT-5: there are never more places taken than there are, and journeys are told of each change once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db import journeys, meetings
from db.engine import make_engine
from db.meetings import Planned, Refused, Unknown
from db.tables import events
from domain.state import Journey, Phase

IDF = "urssaf-idf"
NOW = datetime.now(UTC)
PLANNED = Planned("information", "Embaucher", "2 rue de la Paix", NOW + timedelta(days=30), 90, 3)
SIRENS = [f"{number:09}" for number in range(1, 21)]


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=20)
    async with engine.begin() as connection:
        for siren in SIRENS:
            phase = Phase.CLOSED if siren == SIRENS[-1] else Phase.ACTIVE
            journey = Journey(siren, IDF, "117", date(2026, 11, 2), announced_at=NOW, phase=phase)
            await journeys.create(connection, journey, date(2028, 5, 2))
        await meetings.publish(connection, IDF, "m-1", PLANNED, NOW)
    yield engine
    await engine.dispose()


async def do(engine: AsyncEngine, deed: Callable[..., Awaitable[None]], *given: Any) -> None:
    async with engine.begin() as connection:
        await deed(connection, *given)


async def register(engine: AsyncEngine, *sirens: str) -> None:
    for siren in sirens:
        await do(engine, meetings.register, IDF, "m-1", siren, NOW)


async def told(engine: AsyncEngine) -> list[tuple[str, str, int]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(events).order_by(events.c.seq))
        return [(row.siren, row.data["change"], row.data["sequence"]) for row in rows]


async def taken(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await meetings.find(connection, IDF, "m-1")).taken)


async def test_nineteen_who_want_three_places_take_three(engine: AsyncEngine) -> None:
    async def attempt(siren: str) -> bool:
        try:
            await register(engine, siren)
        except Refused:
            return False
        return True

    won = await asyncio.gather(*(attempt(siren) for siren in SIRENS[:-1]))
    assert won.count(True) == 3 == await taken(engine)
    assert len(await told(engine)) == 3


async def test_a_place_is_taken_and_given_up_once(engine: AsyncEngine) -> None:
    one = SIRENS[0]
    await asyncio.gather(*(register(engine, one) for _ in range(5)))
    assert (await taken(engine), await told(engine)) == (1, [(one, "registered", 0)])
    await asyncio.gather(*(do(engine, meetings.leave, IDF, "m-1", one, NOW) for _ in range(5)))
    assert (await taken(engine), (await told(engine))[1:]) == (0, [(one, "left", 1)])
    await register(engine, one)
    assert (await told(engine))[2:] == [(one, "registered", 2)]


async def test_a_place_given_up_is_free_for_another(engine: AsyncEngine) -> None:
    await register(engine, *SIRENS[:3])
    with pytest.raises(Refused, match="plus de place"):
        await register(engine, SIRENS[3])
    await do(engine, meetings.leave, IDF, "m-1", SIRENS[0], NOW)
    await register(engine, SIRENS[3])
    assert await taken(engine) == 3


async def test_the_next_meeting_of_a_kind_is_the_first_with_a_place_left(engine: AsyncEngine) -> None:
    async def the_next(after: datetime = NOW) -> str | None:
        async with engine.connect() as connection:
            found = await meetings.next_of(connection, IDF, "information", after)
        return found.id if found else None

    later = replace(PLANNED, starts_at=PLANNED.starts_at + timedelta(days=9))
    await do(engine, meetings.publish, IDF, "m-0", replace(later, kind="partners"), NOW)
    await do(engine, meetings.publish, IDF, "m-2", later, NOW)
    assert await the_next() == "m-1"
    await register(engine, *SIRENS[:3])
    assert await the_next() == "m-2"
    assert await the_next(later.starts_at) is None
    await do(engine, meetings.cancel, IDF, "m-2", NOW)
    assert await the_next() is None


async def test_those_who_are_registered_are_told_that_it_moves_and_no_others(engine: AsyncEngine) -> None:
    await register(engine, *SIRENS[:3])
    await do(engine, meetings.leave, IDF, "m-1", SIRENS[2], NOW)
    later = replace(PLANNED, starts_at=PLANNED.starts_at + timedelta(days=1))
    await do(engine, meetings.change, IDF, "m-1", later, NOW)
    assert sorted((await told(engine))[4:]) == [(SIRENS[0], "moved", 1), (SIRENS[1], "moved", 1)]


async def test_more_places_are_no_news_and_fewer_than_are_taken_are_refused(engine: AsyncEngine) -> None:
    await register(engine, *SIRENS[:2])
    await do(engine, meetings.change, IDF, "m-1", replace(PLANNED, places=9), NOW)
    assert len(await told(engine)) == 2
    with pytest.raises(Refused, match="2 entreprises"):
        await do(engine, meetings.change, IDF, "m-1", replace(PLANNED, places=1), NOW)


async def test_a_meeting_called_off_tells_everybody_once_and_takes_nobody_any_more(engine: AsyncEngine) -> None:
    await register(engine, SIRENS[0])
    for _ in range(2):
        await do(engine, meetings.cancel, IDF, "m-1", NOW)
    assert (await told(engine))[1:] == [(SIRENS[0], "cancelled", 1)]
    for deed in (meetings.register, meetings.change):
        with pytest.raises(Refused, match="annulée"):
            await do(engine, deed, IDF, "m-1", SIRENS[1] if deed is meetings.register else PLANNED, NOW)


async def test_what_has_begun_changes_no_more(engine: AsyncEngine) -> None:
    await register(engine, SIRENS[0])
    after = PLANNED.starts_at + timedelta(minutes=1)
    for deed, *given in (
        (meetings.register, SIRENS[1]),
        (meetings.leave, SIRENS[0]),
        (meetings.change, PLANNED),
        (meetings.cancel,),
    ):
        with pytest.raises(Refused, match="déjà commencé"):
            await do(engine, deed, IDF, "m-1", *given, after)


async def test_a_meeting_is_announced_for_a_day_to_come(engine: AsyncEngine) -> None:
    with pytest.raises(Refused, match="date à venir"):
        await do(engine, meetings.publish, IDF, "m-2", replace(PLANNED, starts_at=NOW), NOW)
    with pytest.raises(Refused, match="date à venir"):
        await do(engine, meetings.change, IDF, "m-1", replace(PLANNED, starts_at=NOW), NOW)


async def test_whose_journey_is_over_takes_no_place(engine: AsyncEngine) -> None:
    with pytest.raises(Refused, match="terminé"):
        await register(engine, SIRENS[-1])


async def test_another_organisations_meeting_is_not_known(engine: AsyncEngine) -> None:
    for deed, *given in (
        (meetings.register, SIRENS[0]),
        (meetings.leave, SIRENS[0]),
        (meetings.change, PLANNED),
        (meetings.cancel,),
    ):
        with pytest.raises(Unknown):
            await do(engine, deed, "urssaf-rhone-alpes", "m-1", *given, NOW)


async def test_the_same_meeting_published_twice_is_one(engine: AsyncEngine) -> None:
    await do(engine, meetings.publish, IDF, "m-1", replace(PLANNED, title="Autre"), NOW)
    async with engine.connect() as connection:
        [row] = await meetings.listed(connection, IDF, NOW)
    assert row.title == "Embaucher"
