"""An agent with fewer slots than enterprises that want one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.chaos.senders import AGENT, PATIENCE, SUPERVISOR, Senders

DAYS = [date(2031, 1, day) for day in (9, 10, 13, 14, 15, 16, 17)]
HOURS = [f"{hour:02}:{minute}" for hour in range(9, 17) for minute in ("00", "30")]
SLOTS = [
    {"starts_at": f"{day}T{hour}:00+01:00", "minutes": 30, "formats": ["phone", "video"]}
    for day in DAYS
    for hour in HOURS
]
BOOKERS = 2 * len(SLOTS)
AT_ONCE = 8
ALICE: dict[str, Any] = {
    "name": "Alice Martin",
    "email": None,
    "phone": "+33199000001",
    "trained": True,
    "absences": [],
}


class Appointments:
    """``booked`` holds the slot that each enterprise was promised."""

    def __init__(self, senders: Senders, seed: int) -> None:
        self._senders, self._chance = senders, random.Random(seed)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self.booked: dict[str, str] = {}

    async def open(self) -> None:
        """The agent and her slots."""
        await self._senders.send("PUT", "/v1/agents/alice.martin", SUPERVISOR, ALICE)
        await self._senders.send("PUT", "/v1/agents/alice.martin/availability", SUPERVISOR, {"slots": SLOTS})

    async def book(self, siren: str) -> None:
        """Book the first appointment at a slot that others want too."""
        async with self._turn:
            journey = await self._offered(siren)
            offers = [it["id"] for it in journey["appointments"] if it["status"] == "offered"]
            answer = await self._senders.send("GET", f"/v1/slots?siren={siren}&kind=initial", AGENT)
            free = answer.json()
            found: Sequence[dict[str, Any]] = free if isinstance(free, list) else free["items"]
            if offers and found:
                await self._take(siren, offers[0], self._chance.choice(found)["id"])

    async def _take(self, siren: str, appointment: str, slot: str) -> None:
        path, body = f"/v1/appointments/{appointment}/booking", {"slot": slot, "format": "phone"}
        answer = await self._senders.send("POST", path, AGENT, body, key=f"{siren}-book")
        if answer.status_code == 200:
            self.booked[siren] = slot

    async def _offered(self, siren: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self._senders.send("GET", f"/v1/journeys/{siren}", AGENT)
                journey: dict[str, Any] = answer.json()
                if answer.status_code == 200 and journey["appointments"]:
                    return journey
                await asyncio.sleep(0.5)
