"""Activities called one by one, as workflows would call them: real PostgreSQL, real senders, a clock of the test's own.

For what needs no durable loop: what receipts, refusals and late facts do to messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import receiving
from activities.absorbing import absorb_pending
from activities.contract import DeliveryOrder, StepOrder
from activities.delivering import Delivering, Left
from activities.stepping import Stepping
from db import events, journeys
from db.events import NewEvent
from db.tables import messages, receipts, tasks, timeline
from domain.effects import SendMessage
from domain.requests import Request
from domain.rulebook import Rulebook
from domain.state import Journey
from domain.step import step
from notifications.ports import Receipt
from notifications.sendgrid.receipts import parse_receipts
from notifications.twilio.receipts import parse_receipt
from tests.fakes.sendgrid import FakeSendGrid, event_about
from tests.fakes.twilio import FakeTwilio
from tests.faults.examples import CONTACT, OPENED, REMINDED, subject_of
from tests.faults.site import Site, delivering_of
from tests.journeys.town import ACCOUNT, PARIS, SIREN


class Desk:
    """One journey, its steps and deliveries taken by hand; ``now`` is its clock."""

    def __init__(
        self, engine: AsyncEngine, rulebook: Rulebook, site: Site, twilio: FakeTwilio, sendgrid: FakeSendGrid
    ) -> None:
        self.engine, self.rulebook, self.site = engine, rulebook, site
        self.twilio, self.sendgrid = twilio, sendgrid
        self.now = OPENED
        self.delivering: Delivering = delivering_of(engine, rulebook, site.posts())
        self._steps = self._events = 0

    def impatient(self, provider_timeout: timedelta) -> None:
        """Give the providers less time to answer."""
        self.delivering = delivering_of(self.engine, self.rulebook, self.site.posts(provider_timeout))

    async def open(self, **changes: Any) -> None:
        """An ordinary account, opened on the desk's first morning, and its welcome delivered."""
        ordinary = {
            "organisation": "urssaf-idf",
            "account": ACCOUNT,
            "opened_on": OPENED.date().isoformat(),
            "name": "Boulangerie des Écoles",
            "headcount": 1,
            "contact": CONTACT,
            "accountant": None,
        }
        await self.tell("account.opened", **{**ordinary, **changes})
        await self.live()

    async def store(
        self, type_: str, *, sender: str = "urssaf-idf", happened: datetime | None = None, **data: Any
    ) -> None:
        """An event stored and not yet applied; ``happened`` now unless its sender says another time."""
        self._events += 1
        event = NewEvent("test", f"e{self._events}", type_, SIREN, sender, happened or datetime.now(UTC), data)
        async with self.engine.begin() as connection:
            await events.store(connection, [event])

    async def tell(self, type_: str, **data: Any) -> None:
        """An event stored and applied."""
        await self.store(type_, **data)
        await self.absorb()

    async def absorb(self) -> None:
        """Apply what is stored, as the relay does."""
        async with self.engine.begin() as connection:
            await absorb_pending(connection, self.rulebook, SIREN)

    async def owe(self, due_on: str = "2040-05-15", amount: str | None = "1240.50") -> None:
        await self.tell("contribution.due", account=ACCOUNT, period="2040-04", due_on=due_on, amount=amount)

    async def pay(self, amount: str = "1240.50") -> None:
        await self.store("payment.received", account=ACCOUNT, period="2040-04", amount=amount, received_on="2040-05-11")

    async def step(self, *requests: Request) -> Sequence[str]:
        """Take a step now; the ids of the messages to deliver."""
        self._steps += 1
        order = StepOrder(SIREN, "chain", self._steps, self.now, requests)
        result = await Stepping(self.engine, self.rulebook).take_step(order)
        return result.deliver

    async def deliver(self, ids: Sequence[str]) -> timedelta | None:
        """One attempt at delivering; when to try again, if it must be."""
        running = ActivityEnvironment()
        running.info = replace(running.info, started_time=self.now)
        try:
            await running.run(self.delivering.deliver, DeliveryOrder(SIREN, tuple(ids)))
        except ApplicationError as later:
            return later.next_retry_delay
        return None

    async def deliver_at_once(self, ids: Sequence[str], siren: str = SIREN) -> Left:
        """What a delivery with its step leaves to the queue."""
        running = ActivityEnvironment()
        running.info = replace(running.info, started_time=self.now)
        left: Left = await running.run(self.delivering.at_once, DeliveryOrder(siren, tuple(ids)))
        return left

    async def live(self) -> None:
        """Steps and deliveries until nothing is owed any more at this instant."""
        while ids := await self.step():
            await self.deliver(ids)

    async def reach(self, moment: datetime) -> None:
        """Live through the days until a moment, waking when something is owed."""
        while (wake := await self._wake_at()) and wake <= moment:
            self.now = max(self.now, wake)
            await self.live()
        self.now = moment

    async def _wake_at(self) -> datetime | None:
        async with self.engine.connect() as connection:
            stored = await journeys.read(connection, SIREN)
        return stored.wake_at if stored else None

    async def decide_reminder(self) -> Sequence[str]:
        """The step that decides the reminder of May, nothing of it delivered yet."""
        await self.reach(datetime(2040, 5, 10, 12, tzinfo=PARIS))
        while (wake := await self._wake_at()) and wake < datetime(2040, 5, 15, tzinfo=PARIS):
            self.now = max(self.now, wake)
            ids = await self.step()
            if await self.row("sms", "due_reminder", "2040-05-15"):
                return ids
            await self.deliver(ids)
        raise AssertionError("no reminder was decided")

    async def reach_reminder(self) -> None:
        """The instant at which the reminder of May is due, its step not taken yet."""
        await self.reach(datetime(2040, 5, 10, 12, tzinfo=PARIS))
        while wake := await self._wake_at():
            self.now = max(self.now, wake)
            effects = step(await self.journey(), (), self.now, self.rulebook).effects
            if any(isinstance(it, SendMessage) and it.template == REMINDED for it in effects):
                return
            await self.live()
        raise AssertionError("no reminder is due")

    async def break_template(self, channel: str, template: str) -> None:
        """A letter of a version whose template is no longer there."""
        wanted = (messages.c.channel == channel) & (messages.c.template == template)
        async with self.engine.begin() as connection:
            await connection.execute(messages.update().where(wanted).values(template="gone"))

    async def change(self, message_id: Any, **values: Any) -> None:
        """Put a row of the ledger back to what it was at some moment."""
        async with self.engine.begin() as connection:
            await connection.execute(messages.update().where(messages.c.id == message_id).values(values))

    async def forget_receipts(self, message_id: Any) -> None:
        """A message just sent, nothing said of it yet."""
        async with self.engine.begin() as connection:
            await connection.execute(receipts.delete().where(receipts.c.message_id == message_id))
        await self.change(message_id, status="sent")

    async def journey(self) -> Journey:
        async with self.engine.connect() as connection:
            stored = await journeys.read(connection, SIREN)
        assert stored is not None
        return stored.journey

    async def row(self, channel: str, template: str, subject: str = "", recipient: str = "enterprise") -> Any:
        """The row of the ledger about a template."""
        query = select(messages).where(messages.c.channel == channel, messages.c.template == template)
        query = query.where(messages.c.recipient == recipient, messages.c.subject.contains(subject))
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).one_or_none()

    async def summaries(self, rule: str) -> list[str]:
        query = select(timeline.c.summary).where(timeline.c.rule == rule).order_by(timeline.c.id)
        async with self.engine.connect() as connection:
            return list(await connection.scalars(query))

    async def calls(self, rule: str, kind: str = "call") -> list[str]:
        """Keys of the tasks that a rule opened."""
        query = select(tasks.c.key).where(tasks.c.rule == rule, tasks.c.kind == kind)
        async with self.engine.connect() as connection:
            return list(await connection.scalars(query))

    async def callback(self, status: str, code: int | None = None, *, about: str = REMINDED) -> None:
        """Twilio's word on the last SMS of a template that it accepted."""
        row = await self.row("sms", about, subject_of(about))
        sid = [sms["sid"] for sms in self.twilio.accepted if sms["body"] == row.text][-1]
        receipt = parse_receipt(self.twilio.form(sid, status, code))
        assert receipt is not None
        await self.record(receipt)

    async def mail_event(self, event: str, *, about: str = REMINDED, to: str = "enterprise", **fields: object) -> None:
        """SendGrid's word on the mail of a template."""
        row = await self.row("mail", about, subject_of(about), to)
        await self.record(*parse_receipts([event_about(str(row.id), event, row.provider_id or "unknown", **fields)]))

    async def record(self, *received: Receipt) -> None:
        await receiving.record(self.engine, self.rulebook, received)
