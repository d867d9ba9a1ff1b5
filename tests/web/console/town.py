"""The demonstration portfolio lived by the real rules up to now, without Temporal: what a working day finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import Text, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.absorbing import absorb_pending
from activities.contract import StepOrder
from activities.stepping import Stepping
from cli.demo.portfolio import AGENTS, IDF, Firm, portfolio
from cli.demo.stories import cloud_events
from db import agents, events, journeys, roster, slots, tables
from db.roster import Profile
from db.slots import Published
from domain.cases import Slot
from domain.requests import Ask, Reply, Request
from tests.domain.rules.life import RULEBOOK

ALICE = "alice.martin"
CALENDAR = RULEBOOK.current[IDF].calendar


@dataclass
class Town:
    """Enterprises of two organisations; answers as a worker does and remembers what was asked."""

    engine: AsyncEngine
    firms: Sequence[Firm] = field(default_factory=lambda: portfolio(date.today()))
    asked: list[Request] = field(default_factory=list)
    failure: Exception | None = None
    first_step: int = 1

    def __post_init__(self) -> None:
        self._stepping, self._numbers = Stepping(self.engine, RULEBOOK), count(self.first_step)

    def firm(self, name: str) -> Firm:
        return next(it for it in self.firms if it.name == name)

    async def settle(self) -> None:
        """Agents, slots, every enterprise and what it met so far."""
        now = datetime.now(UTC)
        async with self.engine.begin() as connection:
            for organisation, people in AGENTS.items():
                for it in people:
                    await roster.write(
                        connection, organisation, it.id, Profile(it.name, it.email, it.phone, True, []), now
                    )
        for firm in self.firms:
            await self.live(firm)

    async def live(self, firm: Firm) -> None:
        async with self.engine.begin() as connection:
            await events.store(connection, [_event(firm, it) for it in cloud_events(firm, date.today())])
            await absorb_pending(connection, RULEBOOK, firm.siren)
            known = await journeys.read(connection, firm.siren)
        if known:
            await self.step(firm.siren)

    async def step(self, siren: str, *requests: Request, after: timedelta = timedelta()) -> dict[str, Reply]:
        """A step of now, or ``after`` a while; the pages' clock is left alone.

        At night and at week-ends it is that of the next working morning.
        """
        now = datetime.now(UTC)
        order = StepOrder(
            siren, "chain", next(self._numbers), CALENDAR.next_open(CALENDAR.next_open(now) + after), requests
        )
        replies = (await self._stepping.take_step(order)).replies
        if order.now > now:
            async with self.engine.begin() as connection:
                mine = update(tables.journeys).where(tables.journeys.c.siren == siren)
                await connection.execute(mine.values(ahead_seconds=0))
        return replies

    async def catch_up(self, siren: str) -> None:
        """What was stored for an enterprise is applied, and its journey looks again."""
        async with self.engine.begin() as connection:
            await absorb_pending(connection, RULEBOOK, siren)
        await self.step(siren)

    async def ask(self, _: Client | None, siren: str, request: Request) -> Reply:
        """What ``workflows.client.ask`` does, without Temporal."""
        self.asked.append(request)
        if self.failure:
            raise self.failure
        return (await self.step(siren, request))[request.id]

    async def request(self, siren: str, what: Ask, **data: Any) -> Reply:
        key = str(uuid4())
        return (await self.step(siren, Request(key, what, {**data, "by": ALICE})))[key]

    async def deliver(self) -> None:
        """The messages decided leave, and their receipts come."""
        async with self.engine.begin() as connection:
            text = func.concat("Bonjour, votre interlocuteur vous écrit. ", tables.messages.c.template)
            sent = {"status": "delivered", "sent_at": tables.messages.c.queued_at, "provider": "outbox", "text": text}
            queued = update(tables.messages).where(tables.messages.c.status == "queued")
            await connection.execute(queued.values(**sent, provider_id=cast(tables.messages.c.id, Text)))
            rows = (await connection.execute(select(tables.messages))).all()
            found = [_receipt(row.id, row.queued_at) for row in rows]
            if found:
                await connection.execute(insert(tables.receipts).values(found))

    async def publish(self, *published: Published, agent: str = ALICE, organisation: str = IDF) -> None:
        async with self.engine.begin() as connection:
            await agents.ensure(connection, organisation, agent)
            await slots.publish(connection, organisation, agent, published, datetime.now(UTC))

    async def free_slots(self, organisation: str = IDF) -> Sequence[Slot]:
        async with self.engine.connect() as connection:
            return await slots.free(connection, organisation, "Europe/Paris", datetime.now(UTC))

    async def ask_plan(self, firm: Firm, *amounts: str) -> str:
        """The enterprise asks for a plan on its open incident; the id of the plan."""
        journey = await self.journey(firm)
        (incident,) = [it for it in journey.incidents.values() if it.is_open]
        left = incident.amount or Decimal(0)
        shares = amounts or (str(left / 4 * 2), str(left - left / 4 * 2))
        drawn = [
            {"due_on": str(date.today() + timedelta(days=30 * rank)), "amount": amount}
            for rank, amount in enumerate(shares, 1)
        ]
        reply = await self.request(firm.siren, Ask.PLAN, period=incident.period, instalments=drawn)
        assert reply.status == 201, reply
        return str(reply.data["id"])

    async def journey(self, firm: Firm) -> Any:
        async with self.engine.connect() as connection:
            stored = await journeys.read(connection, firm.siren)
        assert stored
        return stored.journey


def at(days: int, hour: int = 10, minutes: int = 30) -> Published:
    """A slot in some days, at an hour of Paris."""
    zone = CALENDAR.zoneinfo
    local = datetime.combine(datetime.now(zone).date() + timedelta(days=days), time(hour), zone)
    return Published(local.astimezone(UTC), minutes, ("in_person", "phone", "video"))


def _event(firm: Firm, raw: dict[str, Any]) -> events.NewEvent:
    return events.NewEvent(
        source=raw["source"],
        id=raw["id"],
        type=raw["type"].removeprefix("fr.urssaf."),
        siren=firm.siren,
        organisation=firm.organisation,
        time=datetime.fromisoformat(raw["time"]),
        data=raw["data"],
    )


def _receipt(message: Any, at: datetime) -> dict[str, Any]:
    return {
        "provider": "outbox",
        "event_key": str(uuid5(NAMESPACE_URL, str(message))),
        "provider_id": str(message),
        "message_id": message,
        "status": "delivered",
        "contact_bad": False,
        "opted_out": False,
        "retryable": False,
        "at": at,
    }
