"""The disk of PostgreSQL or Temporal is full: what cannot be kept is refused, the rest goes on once there is room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import select

from cli.checks import settings_in_force
from config.embedded.children import EmbeddedError
from config.embedded.ports import kept_port
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from config.errors import OperatorError
from config.settings import load
from db.migrate import upgrade
from db.tables import events
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio
from tests.faults.disk import Disk, NotAllowed, small_disk
from tests.faults.plant import Plant, eventually
from tests.faults.servers import hurried
from tests.faults.test_killed_api import MortalApi, payment, persist
from tests.faults.test_killed_servers import in_mid_flight, pay_for, payments_known

BATCH = {"Content-Type": "application/cloudevents-batch+json"}
A_BATCH, BATCHES = 500, 60
WRITE_AHEAD = "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000)) FROM generate_series(1, 64)"


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory, own_folder: Path) -> Iterator[Disk]:
    folder = own_folder / "disk"
    folder.mkdir()
    try:
        with small_disk(folder) as mounted:
            yield mounted
    except NotAllowed as refusal:
        pytest.skip(f"only an administrator may mount a small disk here: {refusal}")


@pytest.fixture
async def cramped_postgres(disk: Disk) -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(disk.folder) as server:
        await upgrade(server.url)
        yield server


@pytest.fixture
async def cramped_temporal(disk: Disk) -> AsyncIterator[EmbeddedTemporal]:
    async with EmbeddedTemporal(disk.folder, ui=False) as server:
        yield server


@pytest.fixture
async def cramped_database_plant(
    cramped_postgres: EmbeddedPostgres, dev_server: EmbeddedTemporal, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    async with hurried(cramped_postgres.url, dev_server.address, twilio, sendgrid) as built:
        yield built


@pytest.fixture
async def cramped_temporal_plant(
    database_url: str, cramped_temporal: EmbeddedTemporal, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    async with hurried(database_url, cramped_temporal.address, twilio, sendgrid) as built:
        yield built


@pytest.fixture
async def api(cramped_database_plant: Plant, tmp_path: Path) -> AsyncIterator[MortalApi]:
    running = MortalApi(cramped_database_plant, tmp_path)
    await running.start()
    yield running
    await running.kill()


def batch(number: int) -> list[dict[str, Any]]:
    return [payment(number * A_BATCH + rank) for rank in range(A_BATCH)]


async def stored(plant: Plant) -> list[str]:
    async with plant.engine.connect() as connection:
        return sorted((await connection.scalars(select(events.c.id).where(events.c.source == "/kill"))).all())


async def fill_until_refused(client: httpx.AsyncClient, disk: Disk) -> tuple[int, httpx.Response]:
    """How many batches were taken on the full disk, after the first one, and what the next one was answered."""
    assert (await persist(client, "/v1/events", json=batch(0), headers=BATCH)).status_code == 202
    disk.fill()
    for number in range(1, BATCHES):
        answer = await client.post("/v1/events", json=batch(number), headers=BATCH)
        if answer.status_code != 202:
            return number, answer
    raise AssertionError("the disk was never full")


async def exhaust_the_log(server: EmbeddedPostgres) -> None:
    """Write ahead until PostgreSQL needs a segment it has no room for, which is the end of it."""
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):  # noqa: PT012 (either may fail)
        connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
        await connection.execute(WRITE_AHEAD)


async def test_events_without_room_are_refused_whole_and_taken_once_there_is_some(
    cramped_database_plant: Plant, api: MortalApi, disk: Disk
) -> None:
    async with api.client("sys") as client:
        taken, refusal = await fill_until_refused(client, disk)
        assert refusal.status_code >= 500
        assert refusal.headers["content-type"] == "application/problem+json"
        assert await stored(cramped_database_plant) == sorted(it["id"] for n in range(taken) for it in batch(n))

        disk.make_room()
        answer = await persist(client, "/v1/events", json=batch(taken), headers=BATCH)
    assert answer.json() == {"accepted": A_BATCH, "duplicates": 0, "rejected": []}
    assert await stored(cramped_database_plant) == sorted(it["id"] for n in range(taken + 1) for it in batch(n))
    assert (refusal.status_code, "retry-after" in refusal.headers) == (503, True)


async def test_a_database_that_died_of_a_full_disk_says_so_and_delivers_once_when_it_is_back(
    cramped_database_plant: Plant, cramped_postgres: EmbeddedPostgres, disk: Disk
) -> None:
    plant = cramped_database_plant
    await in_mid_flight(plant)
    disk.fill()
    await exhaust_the_log(cramped_postgres)
    assert f"no space left on device for {disk.folder}" in await cramped_postgres.ended()
    with pytest.raises(EmbeddedError, match="make room there, then start again"):
        await cramped_postgres.start()

    disk.make_room()
    await cramped_postgres.start()

    async def has_left() -> bool:
        now = await plant.statuses("extended")
        # A mail accepted while nothing could be written stays in doubt: its provider cannot be asked.
        return now.get("sms") == "sent" and now.get("mail") in ("sent", "unknown")

    await eventually(has_left)
    await pay_for(plant, "2026-01")
    await plant.quiet(40)
    assert await plant.left("extended") == (1, 1)
    assert await payments_known(plant) == ["janvier 2026"]


async def test_a_temporal_without_room_goes_on_once_there_is_some(
    cramped_temporal_plant: Plant, cramped_temporal: EmbeddedTemporal, disk: Disk
) -> None:
    plant = cramped_temporal_plant
    await in_mid_flight(plant)
    disk.fill()
    await pay_for(plant, "2026-01", "2025-12")
    await asyncio.sleep(3)
    disk.make_room()
    await plant.came("extended", sms="sent", mail="sent")
    await pay_for(plant, "2026-02")
    await plant.quiet(40)
    assert await plant.left("extended") == (1, 1)
    assert await payments_known(plant) == ["janvier 2026", "décembre 2025", "février 2026"]


async def test_the_doctor_warns_before_the_disk_is_full(disk: Disk) -> None:
    with pytest.raises(OperatorError, match="make room"):
        await settings_in_force(load(home=disk.folder))


def test_a_port_whose_note_was_lost_to_a_full_disk_is_chosen_again(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("")
    assert kept_port(tmp_path / "port") == int((tmp_path / "port").read_text())
