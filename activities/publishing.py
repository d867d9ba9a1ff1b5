"""Events out, delivered to subscribers: at least once, in order for each enterprise, retried for three days.

It runs in every worker; PostgreSQL's locks share the work. Each subscriber is served apart: one that hangs delays
nobody else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.repeating import repeat
from db import contacts, deliveries, enterprises, subscriptions
from notifications.webhook.sender import Outcome, Webhook, WebhookSender

log = structlog.stdlib.get_logger("parcours.publishing")

PREFIX = "fr.urssaf.parcours."
CORRECTED = "contact.corrected"
"""The details themselves are read as it is delivered: no event out keeps anybody's address (ENR-5)."""
TYPES = (
    "journey.started",
    "journey.extended",
    "journey.closed",
    "recovery.held",
    "recovery.released",
    "plan.decided",
    "remission.requested",
    "commitment.breached",
    CORRECTED,
)
SECONDS_BEFORE_NEXT = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The schedule Standard Webhooks recommends: ten attempts within three days and three hours."""

PAUSES = tuple(timedelta(seconds=seconds) for seconds in SECONDS_BEFORE_NEXT)
UNREADABLE = "secret sealed with another PARCOURS_SECRET_KEY: subscribe again"
LEASE = timedelta(seconds=60)
HANDED_OUT_AT_ONCE = 500
SENT_AT_ONCE = 20
SEALED_AT_ONCE = 100


class Publisher:
    """Hands events out and delivers them until told to stop."""

    def __init__(
        self,
        engine: AsyncEngine,
        sender: WebhookSender,
        pauses: Sequence[timedelta] = PAUSES,
        secret_of: Callable[[str], str | None] = str,
        close: Callable[[str], str] | None = None,
        mark: str = "",
    ) -> None:
        """``secret_of`` opens a stored secret, to None when it cannot; ``close`` seals it: then ``mark`` begins it."""
        self._engine, self._secret_of = engine, secret_of
        self._close, self._mark = close, mark
        self._sender = sender
        self._pauses = pauses
        self._served: set[UUID] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Both loops, and one task for each subscriber that something is due to."""
        async with self._sender, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._seal_all(stop))
            tasks.create_task(repeat(self._hand_out, stop))
            tasks.create_task(repeat(partial(self._serve, tasks, stop), stop))

    async def _seal_all(self, stop: asyncio.Event) -> None:
        """Once, at start: what versions before the seal stored in clear is sealed, some at a time."""
        close, over = self._close, asyncio.Event()
        if close is None:
            return

        async def some() -> bool:
            async with self._engine.begin() as connection:
                found = await subscriptions.seal_some(connection, close, self._mark, SEALED_AT_ONCE)
            if found:
                log.info("secrets of subscriptions that were stored in clear are sealed", count=found)
            else:
                over.set()
            return found > 0

        sealing = asyncio.ensure_future(repeat(some, over))
        told = asyncio.ensure_future(stop.wait())
        await asyncio.wait((sealing, told), return_when=asyncio.FIRST_COMPLETED)
        over.set()
        told.cancel()
        await sealing

    async def _hand_out(self) -> bool:
        async with self._engine.begin() as connection:
            return await deliveries.hand_out(connection, HANDED_OUT_AT_ONCE) > 0

    async def _serve(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> bool:
        async with self._engine.connect() as connection:
            due = await deliveries.subscriptions_due(connection)
        for subscription in set(due) - self._served:
            self._served.add(subscription)
            tasks.create_task(self._serve_one(subscription, stop))
        return False

    async def _serve_one(self, subscription: UUID, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set() and await self._deliver_some(subscription):
                continue
        except (SQLAlchemyError, OSError) as error:
            log.warning("a subscriber waits: the database does not answer", reason=type(error).__name__)
        finally:
            self._served.discard(subscription)

    async def _deliver_some(self, subscription: UUID) -> bool:
        async with self._engine.begin() as connection:
            claimed = await deliveries.claim(connection, subscription, SENT_AT_ONCE, LEASE)
        await asyncio.gather(*map(self._deliver, claimed))
        return bool(claimed)

    async def _deliver(self, delivery: Row[Any]) -> None:
        outcome = await self._attempt(delivery)
        async with self._engine.begin() as connection:
            if outcome.delivered:
                await deliveries.settle(connection, delivery.id, "delivered", outcome.said)
            elif outcome.gone:
                log.error("a subscriber is gone: its subscription is disabled", subscription=str(delivery.subscription))
                await deliveries.settle(connection, delivery.id, "failed", outcome.said)
                await deliveries.disable(connection, delivery.subscription, outcome.said)
            elif delivery.attempts <= len(self._pauses):
                await deliveries.put_off(connection, delivery.id, outcome.said, self._pauses[delivery.attempts - 1])
            else:
                await self._give_up(connection, delivery, outcome)

    async def _attempt(self, delivery: Row[Any]) -> Outcome:
        secret = self._secret_of(delivery.secret)
        if secret is None:
            return Outcome(False, UNREADABLE)
        data = await self._told(delivery) if delivery.type == CORRECTED else delivery.data
        return await self._sender.send(Webhook(str(delivery.event), delivery.url, _body(delivery, data), secret))

    async def _told(self, delivery: Row[Any]) -> dict[str, Any]:
        async with self._engine.connect() as connection:
            known = await enterprises.read(connection, delivery.siren)
        return {**delivery.data, "contact": contacts.details_of(known) if known else None}

    async def _give_up(self, connection: AsyncConnection, delivery: Row[Any], outcome: Outcome) -> None:
        log.error("an event was not delivered", subscription=str(delivery.subscription), outcome=outcome.said)
        await deliveries.settle(connection, delivery.id, "failed", outcome.said)


def _body(delivery: Row[Any], data: dict[str, Any]) -> bytes:
    """The CloudEvent; ``sequence`` (its standard extension) tells the order of an enterprise's events."""
    event = {
        "specversion": "1.0",
        "id": str(delivery.event),
        "source": f"parcours/{delivery.organisation}",
        "type": PREFIX + delivery.type,
        "subject": delivery.siren,
        "time": delivery.time.isoformat(),
        "sequence": f"{delivery.seq:019}",
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode()
