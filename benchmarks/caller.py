"""HTTP calls to the API as its callers make them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from benchmarks.site import READER, TOKEN

BATCH = "application/cloudevents-batch+json"


class Caller:
    """A system that sends events and an agent who reads and asks; raises on any refusal."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, events: Sequence[dict[str, Any]], token: str = TOKEN, chunk: int = 1_000) -> None:
        """Events in, by batches."""
        for first in range(0, len(events), chunk):
            headers = {"Content-Type": BATCH}
            await self.post("/v1/events", list(events[first : first + chunk]), token, headers=headers)

    async def post(
        self, path: str, body: object, token: str = READER, *, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer of a POST."""
        bearer = {"Authorization": f"Bearer {token}", **(headers or {})}
        async with self._session.post(path, json=body, headers=bearer) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"POST {path}: {answer.status} {await answer.text()}")
            found: dict[str, Any] = await answer.json()
            return found

    async def get(self, path: str, token: str = READER) -> Any:
        """The answer of a GET."""
        async with self._session.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
            if answer.status != 200:
                raise RuntimeError(f"GET {path}: {answer.status} {await answer.text()}")
            return await answer.json()


@asynccontextmanager
async def caller(url: str) -> AsyncIterator[Caller]:
    """A caller with connections of its own."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector, timeout=aiohttp.ClientTimeout(60)) as session:
        yield Caller(session)
