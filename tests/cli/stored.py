"""Lives written to the database as their steps and deliveries write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Text, cast, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.committing import Moment, commit
from db import journeys
from db.tables import messages
from domain.calendar import add_months
from domain.effects import Effect
from domain.state import Journey
from tests.domain.rules.life import Life


async def store(
    connection: AsyncConnection, journey: Journey, decided: Iterable[tuple[datetime, Iterable[Effect]]]
) -> None:
    """The journey, its timeline and its ledger."""
    await journeys.create(connection, journey, add_months(journey.opened_on, 18))
    for at, effects in decided:
        await commit(connection, journey, list(effects), Moment(at, at, at))


async def store_life(connection: AsyncConnection, life: Life) -> None:
    instants = dict.fromkeys(it.at for it in life.happened)
    decided = [(at, [it.effect for it in life.happened if it.at == at]) for at in instants]
    await store(connection, life.journey, decided)


async def deliver_all(connection: AsyncConnection) -> None:
    delivered = {"status": "delivered", "sent_at": messages.c.queued_at, "provider": "outbox"}
    queued = update(messages).where(messages.c.status == "queued")
    await connection.execute(queued.values(**delivered, provider_id=cast(messages.c.id, Text)))
