"""Row policies under many answers at once, half of whose clients hang up: nobody reads another organisation's rows."""

from __future__ import annotations

import asyncio
import random
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from stdnum import luhn

from tests.api.examples import add_journey
from tests.browser import served

ASKED, AT_ONCE = 100, 40
OURS = {"agent-idf-token": "urssaf-idf", "agent-ra-token": "urssaf-rhone-alpes"}


def siren(number: int) -> str:
    head = f"8{number:07}"
    return head + luhn.calc_check_digit(head)


def proof(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def portfolios(engine: AsyncEngine) -> dict[str, set[str]]:
    """Token to the SIRENs of its organisation."""
    held: dict[str, set[str]] = {token: set() for token in OURS}
    for number in range(20):
        for rank, (token, organisation) in enumerate(OURS.items()):
            enterprise = siren(2 * number + rank)
            await add_journey(engine, enterprise, organisation=organisation)
            held[token].add(enterprise)
    return held


async def hang_up(address: str, token: str, patience: float) -> None:
    """Ask for the list, and leave before it is answered."""
    place = urlsplit(address)
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    head = f"GET /v1/journeys HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(head.encode())
    await writer.drain()
    await asyncio.sleep(patience)
    writer.transport.abort()


async def test_answers_at_once_with_clients_that_hang_up_show_each_organisation_its_own(
    app: FastAPI, engine: AsyncEngine
) -> None:
    held = await portfolios(engine)
    chance, turns = random.Random(7), asyncio.Semaphore(AT_ONCE)
    read: dict[str, int] = dict.fromkeys(OURS, 0)

    async def read_list(client: httpx.AsyncClient, token: str) -> None:
        async with turns:
            answer = await client.get("/v1/journeys", headers=proof(token), params={"limit": 100})
        assert answer.status_code == 200, answer.text
        assert {it["siren"] for it in answer.json()["items"]} == held[token]
        read[token] += 1

    async def leave(address: str, token: str) -> None:
        async with turns:
            await hang_up(address, token, chance.random() * 0.05)

    async with (
        served(app) as address,
        httpx.AsyncClient(base_url=address, timeout=60) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(ASKED):
            group.create_task(read_list(client, chance.choice([*OURS])))
            group.create_task(leave(address, chance.choice([*OURS])))
    assert sum(read.values()) == ASKED
    assert min(read.values()) > ASKED / 10
