"""Systems and people who ask again and again until they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import httpx

from tests.chaos.facts import ORGANISATION, Event

SYSTEM, AGENT, SUPERVISOR = "chaos-system", "chaos-agent", "chaos-supervisor"
TOKENS = (
    f"{SYSTEM}=system:{ORGANISATION},{AGENT}=agent:{ORGANISATION}:alice.martin,{SUPERVISOR}=supervisor:{ORGANISATION}"
)
BATCH = "application/cloudevents-batch+json"
PATIENCE = 900
PAUSE = 0.3


class Senders:
    """One connection pool to the API; ``told`` holds the ids of the events it answered for."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=20)
        self.told: set[str] = set()

    async def close(self) -> None:
        await self._client.aclose()

    async def tell(self, events: Sequence[Event]) -> None:
        """Hand over a batch; what was told before is not told again."""
        new = [event for event in events if event["id"] not in self.told]
        if not new:
            return
        answer = await self.send("POST", "/v1/events", SYSTEM, new, media=BATCH)
        if answer.status_code != 202 or answer.json()["rejected"]:
            raise RuntimeError(answer.text)
        self.told |= {event["id"] for event in new}

    async def send(
        self, verb: str, path: str, token: str, body: object = None, *, media: str = "application/json", key: str = ""
    ) -> httpx.Response:
        """Repeat until the answer is not «later»; raise TimeoutError after a quarter of an hour."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
        headers |= {"Idempotency-Key": key} if key else {}
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(httpx.TransportError):
                    answer = await self._client.request(verb, path, json=body, headers=headers)
                    if answer.status_code < 500 and "retry-after" not in answer.headers:
                        return answer
                await asyncio.sleep(PAUSE)
