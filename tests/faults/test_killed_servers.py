"""Temporal or PostgreSQL dies by SIGKILL in mid-flight and comes back on the same files; events keep coming."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from tests.fakes.server import Hang
from tests.faults.plant import Plant, eventually
from tests.faults.servers import killed
from tests.journeys.town import ACCOUNT


async def in_mid_flight(plant: Plant) -> None:
    """Everything runs, and Twilio keeps silent on an SMS it took."""
    plant.parts.posts = plant.site.posts(timedelta(seconds=3))
    await plant.parts.start()
    await plant.enrol_near_the_end()
    before = len(plant.twilio.accepted)
    plant.twilio.script(Hang(accept=True))
    await plant.extend()

    async def taken() -> bool:
        return len(plant.twilio.accepted) > before

    await eventually(taken)


async def payments_known(plant: Plant) -> list[str]:
    """Periods paid, in the order the payments were applied."""
    lines = [line.summary for line in await plant.timeline() if line.summary.startswith("Paiement")]
    return [line.partition(" pour ")[2].partition(",")[0] for line in lines]


async def pay_for(plant: Plant, *periods: str) -> None:
    for period in periods:
        await plant.store("payment.received", account=ACCOUNT, period=period, amount="1.00", received_on="2026-01-15")


async def test_temporal_killed_in_mid_flight_delivers_once_when_it_is_back(
    mortal_temporal_plant: Plant, own_temporal: EmbeddedTemporal
) -> None:
    plant = mortal_temporal_plant
    await in_mid_flight(plant)
    async with killed(own_temporal):
        await asyncio.sleep(0.5)
    await plant.came("extended", sms="sent", mail="sent")
    await plant.quiet(40)
    assert await plant.left("extended") == (1, 1)
    assert (await plant.journey()).extensions == 1


async def test_postgresql_killed_in_mid_flight_delivers_once_when_it_is_back(
    mortal_database_plant: Plant, own_postgres: EmbeddedPostgres
) -> None:
    plant = mortal_database_plant
    await in_mid_flight(plant)
    async with killed(own_postgres):
        await asyncio.sleep(0.5)
    await plant.came("extended", sms="sent", mail="sent")
    await pay_for(plant, "2026-01")
    await plant.quiet(40)
    assert await plant.left("extended") == (1, 1)
    assert await payments_known(plant) == ["janvier 2026"]


async def test_what_is_stored_while_temporal_is_down_takes_effect_in_order(
    mortal_temporal_plant: Plant, own_temporal: EmbeddedTemporal
) -> None:
    plant = mortal_temporal_plant
    await plant.parts.start()
    await plant.enrol_near_the_end()
    async with killed(own_temporal):
        await pay_for(plant, "2026-01", "2025-12", "2026-02")
        await plant.store("account.closed", account=ACCOUNT, closed_on="2026-02-01", reason="cessation")
        await asyncio.sleep(0.5)

    async def closed() -> bool:
        return (await plant.journey()).phase == "closed"

    await eventually(closed)
    assert await payments_known(plant) == ["janvier 2026", "décembre 2025", "février 2026"]


async def test_what_is_stored_while_every_worker_is_dead_takes_effect_in_order(hurried_plant: Plant) -> None:
    plant = hurried_plant
    await pay_for(plant, "2026-01")
    process, _ = plant.doom("never")
    await plant.enrol_near_the_end()
    process.kill()
    await asyncio.to_thread(process.join, 20)
    await pay_for(plant, "2025-12", "2026-02")
    await plant.store("account.closed", account=ACCOUNT, closed_on="2026-02-01", reason="cessation")

    await plant.parts.start()
    await plant.quiet()
    assert await payments_known(plant) == ["janvier 2026", "décembre 2025", "février 2026"]
    assert (await plant.journey()).phase == "closed"
