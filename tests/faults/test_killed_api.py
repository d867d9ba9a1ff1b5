"""The API dies by SIGKILL while events, receipts and requests come in; the senders try again, as senders do."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from db.tables import events
from tests.e2e.conftest import bearer, free_port
from tests.faults.plant import Plant
from tests.journeys.town import ACCOUNT, SIREN

TOKENS = "sys=system:urssaf-idf,agt=agent:urssaf-idf:alice.martin"
PARCOURS = Path(sys.executable).parent / "parcours"
EVENTS = 200


class MortalApi:
    """`parcours api` in a process of its own, killed and started again on the same address."""

    def __init__(self, plant: Plant, home: Path, **told: str) -> None:
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._environment = {
            "PARCOURS_HOME": str(home),
            "PARCOURS_DATABASE_URL": plant.site.database_url,
            "PARCOURS_TEMPORAL_ADDRESS": plant.site.temporal_address,
            "PARCOURS_HTTP_PORT": str(self.port),
            "PARCOURS_API_TOKENS": TOKENS,
            "PARCOURS_SECRET_KEY": "k" * 32,
            **told,
        }

    async def start(self) -> None:
        silent = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            str(PARCOURS), "api", env=self._environment, stdout=silent, stderr=silent
        )

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    @asynccontextmanager
    async def client(self, token: str) -> AsyncIterator[httpx.AsyncClient]:
        address = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=address, headers=bearer(token), timeout=20) as client:
            yield client


@pytest.fixture
async def api(hurried_plant: Plant, tmp_path: Path) -> AsyncIterator[MortalApi]:
    running = MortalApi(hurried_plant, tmp_path)
    await running.start()
    yield running
    await running.kill()


async def persist(client: httpx.AsyncClient, path: str, **sent: Any) -> httpx.Response:
    """Send until it is answered otherwise than by «later»."""
    async with asyncio.timeout(60):
        while True:
            with suppress(httpx.TransportError):
                answer = await client.post(path, **sent)
                if answer.status_code < 500 and "retry-after" not in answer.headers:
                    return answer
            await asyncio.sleep(0.1)


def payment(number: int) -> dict[str, Any]:
    paid = {"account": ACCOUNT, "period": "2026-01", "amount": "1.00", "received_on": "2026-02-15"}
    event = {"specversion": "1.0", "id": f"p{number}", "source": "/kill", "type": "fr.urssaf.payment.received"}
    return {**event, "subject": SIREN, "time": f"{datetime.now(UTC).isoformat()}", "data": paid}


async def test_each_event_sent_until_it_is_answered_is_stored_once(hurried_plant: Plant, api: MortalApi) -> None:
    headers = {"Content-Type": "application/cloudevents+json"}
    chance = random.Random(4)

    async def send(numbers: range) -> None:
        for number in numbers:
            async with api.client("sys") as client:
                answer = await persist(client, "/v1/events", json=payment(number), headers=headers)
            assert answer.status_code == 202, answer.text

    async def murder() -> None:
        for _ in range(2):
            await asyncio.sleep(3 + chance.random())
            await api.kill()
            await api.start()

    sending = [asyncio.create_task(send(range(start, EVENTS, 4))) for start in range(4)]
    await asyncio.gather(murder(), *sending)
    async with hurried_plant.engine.connect() as connection:
        stored = (await connection.scalars(select(events.c.id).where(events.c.source == "/kill"))).all()
    assert sorted(stored) == sorted(f"p{number}" for number in range(EVENTS))


async def test_a_request_whose_answer_died_is_asked_again_and_carried_out_once(
    hurried_plant: Plant, api: MortalApi
) -> None:
    await hurried_plant.parts.start()
    await hurried_plant.enrol_near_the_end()
    await hurried_plant.parts.stop()
    async with api.client("agt") as client:
        headers = {"Idempotency-Key": "once"}
        asking = asyncio.create_task(persist(client, f"/v1/journeys/{SIREN}/extensions", headers=headers))
        await asyncio.sleep(3)  # nobody works yet: the request waits in its workflow
        await api.kill()
        await api.start()
        await hurried_plant.parts.start()
        answer = await asking
    assert answer.status_code == 201, answer.text
    await hurried_plant.came("extended", sms="sent", mail="sent")
    await hurried_plant.quiet()
    assert await hurried_plant.left("extended") == (1, 1)
    assert (await hurried_plant.journey()).extensions == 1


async def test_an_api_started_while_temporal_is_away_keeps_what_comes_and_says_so(
    hurried_plant: Plant, tmp_path: Path
) -> None:
    await hurried_plant.parts.start()
    await hurried_plant.enrol_near_the_end()
    api = MortalApi(hurried_plant, tmp_path, PARCOURS_TEMPORAL_ADDRESS=f"127.0.0.1:{free_port()}")
    await api.start()
    try:
        async with api.client("sys") as system, api.client("agt") as agent:
            headers = {"Content-Type": "application/cloudevents+json"}
            stored = await persist(system, "/v1/events", json=payment(1), headers=headers)
            alive, ready = await system.get("/healthz"), await system.get("/readyz")
            asked = await agent.post(f"/v1/journeys/{SIREN}/extensions", headers={"Idempotency-Key": "early"})
    finally:
        await api.kill()
    assert (stored.status_code, alive.status_code, ready.status_code) == (202, 200, 503)
    assert "Temporal" in ready.json()["detail"]
    assert (asked.status_code, asked.json()["detail"]) == (
        503,
        "The journey does not answer: send it again with the same Idempotency-Key.",
    )
