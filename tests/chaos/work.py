"""What the storm rages over: enterprises that enrol, owe, miss a payment and book, told by senders that persist."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from stdnum import luhn

ORGANISATION = "urssaf-idf"
PATIENCE, AT_ONCE, MORNINGS_AWAITED = 900, 8, 60
SYSTEM, AGENT, SUPERVISOR = "chaos-system", "chaos-agent", "chaos-supervisor"
TOKENS = (
    f"{SYSTEM}=system:{ORGANISATION},{AGENT}=agent:{ORGANISATION}:alice.martin,{SUPERVISOR}=supervisor:{ORGANISATION}"
)
MONDAY = datetime(2031, 1, 6, 8, tzinfo=UTC)
"""The journeys live from this morning on, whatever the hour of the machine: the sending window is open."""
OPENED_ON, MISSED_ON, DUE_ON = date(2030, 11, 20), date(2030, 12, 16), date(2031, 1, 10)
LIVE_ON_MONDAY = "ALTER TABLE journeys ALTER COLUMN ahead_seconds SET DEFAULT {ahead}"
MOVE_ON = """
UPDATE journeys SET ahead_seconds = extract(epoch FROM wake_at - now()) + 1, nudge = nudge + 1
WHERE siren = :siren AND wake_at BETWEEN '2031-01-06' AND '2031-01-08'
"""


def siren_of(rank: int) -> str:
    base = f"{rank + 20_000_000:08}"
    return base + str(luhn.calc_check_digit(base))


class Work:
    """Senders and askers that try again until they are answered; the ids of what they were promised."""

    def __init__(self, engine: AsyncEngine, url: str, enterprises: int, seed: int) -> None:
        self._engine, self.url = engine, url
        self.sirens = [siren_of(rank) for rank in range(enterprises)]
        self._chance = random.Random(seed)
        self.booked: dict[str, str] = {}
        self.told = self.moved = 0

    async def settle_in(self) -> None:
        """The morning it is, the agent, and fewer slots than enterprises that want one."""
        async with self._engine.begin() as connection:
            ahead = (MONDAY - datetime.now(UTC)).total_seconds()
            await connection.execute(text(LIVE_ON_MONDAY.format(ahead=ahead)))
        profile: dict[str, Any] = {
            "name": "Alice Martin",
            "email": None,
            "phone": "+33199000001",
            "trained": True,
            "absences": [],
        }
        await self._send("PUT", "/v1/agents/alice.martin", SUPERVISOR, profile)
        days = [date(2031, 1, day) for day in (9, 10, 13, 14, 15, 16, 17)]
        hours = [f"{hour:02}:{minute}" for hour in range(9, 17) for minute in ("00", "30")]
        slots = [
            {"starts_at": f"{day}T{hour}:00+01:00", "minutes": 30, "formats": ["phone", "video"]}
            for day in days
            for hour in hours
        ]
        await self._send("PUT", "/v1/agents/alice.martin/availability", SUPERVISOR, {"slots": slots})

    async def happen(self) -> None:
        """Everything that happens to everybody, a few at a time."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(siren: str) -> None:
            async with turn:
                await self._life(siren)

        await asyncio.gather(*(one(siren) for siren in self.sirens))

    async def _life(self, siren: str) -> None:
        about = {"account": f"117{siren}"}
        await self._tell(siren, "account.opened", **about, **_opening(siren))
        await self._tell(siren, "contribution.due", **about, period="2030-12", due_on=str(DUE_ON), amount="620.00")
        await self._book(siren)
        if self._chance.random() < 0.3:
            missed = {"period": "2030-11", "kind": "debit_rejected", "amount": "310.00", "due_on": str(MISSED_ON)}
            await self._tell(siren, "incident.detected", **about, **missed)
        await self._move_on(siren)

    async def _tell(self, siren: str, type_: str, **data: Any) -> None:
        event = {
            "specversion": "1.0",
            "id": f"{siren}-{type_}",
            "source": "/chaos",
            "type": f"fr.urssaf.{type_}",
            "subject": siren,
            "time": datetime.now(UTC).isoformat(),
            "data": data,
        }
        answer = await self._send("POST", "/v1/events", SYSTEM, event, media="application/cloudevents+json")
        if answer.status_code != 202:
            raise RuntimeError(answer.text)
        self.told += 1

    async def _book(self, siren: str) -> None:
        """Book the first appointment at a slot that others want too."""
        journey = await self._offered(siren)
        offers = [it["id"] for it in journey["appointments"] if it["status"] == "offered"]
        free = (await self._send("GET", f"/v1/slots?siren={siren}&kind=initial", AGENT)).json()
        found: Sequence[dict[str, Any]] = free if isinstance(free, list) else free["items"]
        if offers and found:
            slot = self._chance.choice(found)["id"]
            body = {"slot": slot, "format": "phone"}
            answer = await self._send("POST", f"/v1/appointments/{offers[0]}/booking", AGENT, body, key=f"{siren}-book")
            if answer.status_code == 200:
                self.booked[siren] = slot

    async def _offered(self, siren: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self._send("GET", f"/v1/journeys/{siren}", AGENT)
                journey: dict[str, Any] = answer.json()
                if answer.status_code == 200 and journey["appointments"]:
                    return journey
                await asyncio.sleep(0.3)

    async def _move_on(self, siren: str) -> None:
        """The morning of the reminder comes."""
        for _ in range(MORNINGS_AWAITED):
            with suppress(SQLAlchemyError, OSError):
                async with self._engine.begin() as connection:
                    moved = await connection.execute(text(MOVE_ON), {"siren": siren})
                if moved.rowcount:
                    self.moved += 1
                    return
            await asyncio.sleep(0.5)

    async def _send(
        self, verb: str, path: str, token: str, body: object = None, *, media: str = "application/json", key: str = ""
    ) -> httpx.Response:
        """Again and again until the answer is not «later»."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
        headers |= {"Idempotency-Key": key} if key else {}
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(httpx.TransportError):
                    async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20) as client:
                        answer = await client.request(verb, path, json=body)
                    if answer.status_code < 500 and "retry-after" not in answer.headers:
                        return answer
                await asyncio.sleep(0.3)


def _opening(siren: str) -> dict[str, Any]:
    return {
        "organisation": ORGANISATION,
        "opened_on": str(OPENED_ON),
        "name": f"Entreprise {siren}",
        "headcount": 1,
        "naf": "10.71C",
        "periodicity": "monthly",
        "contact": {"name": "Camille Exemple", "email": f"{siren}@example.org", "phone": f"+336{siren[:8]}"},
        "accountant": None,
        "first_hire_on": str(OPENED_ON),
    }
