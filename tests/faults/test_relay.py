"""The relay outlives what it meets: a database still starting, an enterprise whose events cannot be applied."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from activities.relay import Relay
from db import events, unapplied
from db.engine import make_engine
from db.events import NewEvent
from db.tables import journeys
from tests.faults.desk import Desk
from tests.faults.plant import eventually
from tests.journeys.town import ACCOUNT, SIREN

STARTING = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


@contextlib.asynccontextmanager
async def starting_database() -> AsyncIterator[str]:
    """URL of a PostgreSQL that answers every connection as it does while it recovers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(b"E" + struct.pack("!I", len(STARTING) + 4) + STARTING)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    async with server:
        yield f"postgresql+asyncpg://nobody@127.0.0.1:{server.sockets[0].getsockname()[1]}/none?ssl=disable"


@contextlib.asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    yield running
    stop.set()
    await running


async def nobody_to_wake(_: str) -> None:
    return


async def test_a_database_still_starting_is_waited_for(desk: Desk) -> None:
    async with starting_database() as url:
        engine = make_engine(url)
        async with relaying(Relay(engine, desk.rulebook, nobody_to_wake)) as running:
            await asyncio.sleep(0.3)
            assert not running.done()
        await engine.dispose()


def without_policy(siren: str) -> NewEvent:
    """The operator's to mend: no event of the organisation can be applied until it has a policy here."""
    data = {
        "organisation": "urssaf-nowhere",
        "account": ACCOUNT,
        "opened_on": "2040-03-01",
        "name": "Boulangerie",
        "headcount": 1,
        "contact": {"name": "Zoé Lefèvre"},
    }
    return NewEvent("test", siren, "account.opened", siren, "urssaf-nowhere", datetime.now(UTC), data)


async def test_an_organisation_without_policy_holds_back_its_own_enterprises_alone(desk: Desk) -> None:
    async with desk.engine.begin() as connection:
        await events.store(connection, [without_policy("732829320")])
    await desk.open()
    await desk.store("payment.received", account=ACCOUNT, period="2040-01", amount="1.00", received_on="2040-02-15")

    async def only_the_bad_one_waits() -> bool:
        async with desk.engine.connect() as connection:
            return await events.sirens_pending(connection, 10) == ["732829320"]

    async with relaying(Relay(desk.engine, desk.rulebook, nobody_to_wake)) as running:
        await eventually(only_the_bad_one_waits)
        await asyncio.sleep(0.1)
        assert not running.done()


async def test_enterprises_whose_events_cannot_be_applied_do_not_fill_the_row(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.relay.BATCH", 2)
    stuck = ["732829320", "356000000", "542107651"]
    async with desk.engine.begin() as connection:
        await events.store(connection, [without_policy(it) for it in stuck])
    await desk.open()
    await desk.store("payment.received", account=ACCOUNT, period="2040-01", amount="1.00", received_on="2040-02-15")

    async def only_the_bad_ones_wait() -> bool:
        async with desk.engine.connect() as connection:
            return set(await events.sirens_pending(connection, 10)) == set(stuck)

    async with relaying(Relay(desk.engine, desk.rulebook, nobody_to_wake)):
        await eventually(only_the_bad_ones_wait)


async def test_the_relay_sets_aside_what_cannot_be_applied_and_has_nothing_left_to_do(desk: Desk) -> None:
    unreadable = NewEvent("test", "bad", "account.opened", "732829320", "urssaf-idf", datetime.now(UTC), {})
    async with desk.engine.begin() as connection:
        await events.store(connection, [unreadable])

    async def nothing_is_pending() -> bool:
        async with desk.engine.connect() as connection:
            return await events.sirens_pending(connection, 10) == []

    async with relaying(Relay(desk.engine, desk.rulebook, nobody_to_wake)):
        await eventually(nothing_is_pending)
    async with desk.engine.connect() as connection:
        [row] = await unapplied.set_aside_of(connection, "732829320")
    assert row.problem.startswith("/data/organisation: missing")


async def test_two_relays_apply_each_event_once(desk: Desk) -> None:
    await desk.open()
    for period in ("2040-01", "2040-02", "2040-03"):
        await desk.store("payment.received", account=ACCOUNT, period=period, amount="1.00", received_on="2040-02-15")

    async def all_applied() -> bool:
        async with desk.engine.connect() as connection:
            return not await events.sirens_pending(connection, 10)

    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(relaying(Relay(desk.engine, desk.rulebook, nobody_to_wake)))
        await eventually(all_applied)
    assert len(await desk.summaries("REM-3")) == 3
    assert {c.paid for c in (await desk.journey()).contributions.values() if c.paid} == {1}


async def test_two_relays_wake_each_journey_once(desk: Desk) -> None:
    await desk.open()
    async with desk.engine.begin() as connection:
        await connection.execute(journeys.update().values(nudge=7, nudged=6))
    woken: list[str] = []

    async def slowly(siren: str) -> None:
        woken.append(siren)
        await asyncio.sleep(0.5)

    async def marked() -> bool:
        async with desk.engine.connect() as connection:
            return (await connection.execute(select(journeys.c.nudged))).scalar_one() == 7

    async with relaying(Relay(desk.engine, desk.rulebook, slowly)), relaying(Relay(desk.engine, desk.rulebook, slowly)):
        await eventually(marked)
    assert woken == [SIREN]


async def test_a_journey_that_cannot_be_woken_is_owed_it_still_and_holds_back_no_other(desk: Desk) -> None:
    other = "732829320"
    await desk.open()
    async with desk.engine.begin() as connection:
        await connection.execute(journeys.update().values(nudge=7, nudged=6))
        row = dict((await connection.execute(select(journeys))).one()._mapping)
        await connection.execute(journeys.insert().values({**row, "siren": other}))

    async def refusing(siren: str) -> None:
        if siren == SIREN:
            raise RuntimeError("no")

    async def the_other_is_woken() -> bool:
        async with desk.engine.connect() as connection:
            found = await connection.execute(select(journeys.c.siren, journeys.c.nudged))
            return {tuple(row) for row in found} == {(SIREN, 6), (other, 7)}

    async with relaying(Relay(desk.engine, desk.rulebook, refusing)):
        await eventually(the_other_is_woken)
