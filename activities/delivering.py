"""The activities that deliver messages: facts read again, the rows written, the providers called, the outcomes kept.

A message is ``queued``, then ``sending`` (committed before the call), then ``sent``, ``failed`` or ``unknown``.
Whatever a later attempt finds ``sending`` or ``unknown`` is settled by asking the provider, never by sending blindly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import outcomes
from activities.contract import DELIVER, DeliveryOrder
from activities.failing import expire
from activities.opening import Draft, Opened, Opening, Order, outcome_of
from activities.pacing import FAR, NOW, Bulkhead, Pace, Turn
from activities.patience import ORDINARY, Later, Patience
from activities.sending import Post, Sending
from activities.settling import Settling
from activities.writing import Closed, Objection
from db import ledger, records
from domain.rulebook import Rulebook
from notifications.links import Links

log = structlog.stdlib.get_logger("parcours.delivering")

BEAT = timedelta(seconds=5)
"""How often a delivery shows that its worker lives."""

AT_ONCE = 80
"""Of the hundred workflow tasks of a worker, those that may wait for deliveries; others answer somebody."""


@dataclass(frozen=True)
class Left:
    """Messages that did not leave at once, and how long to wait before the next attempt."""

    messages: tuple[str, ...] = ()
    wait: timedelta = timedelta()


class Delivering:
    """Delivers messages of any journey by the providers it was given, as fast as ``pace`` allows."""

    def __init__(
        self,
        engine: AsyncEngine,
        rulebook: Rulebook,
        links: Links,
        posts: Mapping[str, Post],
        pace: Pace,
        patience: Patience = ORDINARY,
    ) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._pace, self._patience = pace, patience
        self._opening = Opening(engine, rulebook, links, posts)
        self._sending = Sending(engine, rulebook, posts, patience)
        self._settling = Settling(engine, rulebook, posts, patience)
        self._at_once = Bulkhead(AT_ONCE)
        self._closing: set[asyncio.Task[None]] = set()

    async def at_once(self, order: DeliveryOrder) -> Left:
        """Deliver with the step, unless that would take long; what is left is for ``deliver``."""
        if not (self._at_once.is_open and self._pace.is_free):
            return Left(order.messages)
        async with self._at_once.entered():
            troubles = await self._tried(order)
        delays = [trouble.delay for trouble in troubles if isinstance(trouble, Later)]
        wait = min(delays) if len(delays) == len(troubles) > 0 else timedelta()
        return Left(order.messages if troubles else (), wait)

    @activity.defn(name=DELIVER)
    async def deliver(self, order: DeliveryOrder) -> None:
        """Deliver each message once; asks to be tried again while one cannot leave yet."""
        async with beating():
            troubles = await self._again(_order(order))
        for trouble in troubles:
            if not isinstance(trouble, Later):
                raise trouble
        delays = [trouble.delay for trouble in troubles if isinstance(trouble, Later)]
        if delays:
            raise ApplicationError("not all could leave yet", type="later", next_retry_delay=min(delays))

    async def _again(self, order: Order) -> list[BaseException]:
        """What left in an earlier attempt, or with the step, takes nobody's turn."""
        async with self._engine.connect() as connection:
            letters = await ledger.count_queued(connection, order.ids)
        return await self._paced(order, letters)

    async def _tried(self, order: DeliveryOrder) -> list[BaseException]:
        outcome = await outcome_of(self._paced(_order(order), len(order.messages)))
        if isinstance(outcome, Exception):
            log.warning("what could not leave with its step goes by the queue", reason=type(outcome).__name__)
        return [outcome] if isinstance(outcome, BaseException) else outcome

    async def _paced(self, order: Order, letters: int) -> list[BaseException]:
        turn = await self._pace.turn(letters) if letters else NOW
        if turn is None:
            return [Later(min(FAR * activity.info().attempt, self._patience.longest_backoff))]
        await turn.is_near()
        return await self._deliver(order, turn)

    async def _deliver(self, order: Order, turn: Turn) -> list[BaseException]:
        """What keeps messages from leaving; one does not keep the others."""
        opened = await self._opened(order, turn)
        if opened is None:
            return [Later(self._patience.first_backoff)]
        troubles = [it for row, draft in opened.drafts if (it := await self._aside(row, draft, opened.now))]
        troubles += await self._sending.send(opened.attempts())
        settled = [await outcome_of(self._settling.settle(row)) for row in opened.doubtful]
        troubles += [it for it in settled if isinstance(it, BaseException)]
        again = tuple(row.id for row, it in zip(opened.doubtful, settled, strict=True) if it is True)
        return troubles + (await self._deliver(replace(order, ids=again), turn) if again else [])

    async def _opened(self, order: Order, turn: Turn) -> Opened | None:
        """The letters opened and their turn come, or None; who is cancelled before leaves none of them ``sending``."""
        opening = asyncio.ensure_future(self._opening.open(order))
        try:
            opened = await asyncio.shield(opening)
            may_leave = await self._may_leave(turn, len(opened.attempts()))
        except asyncio.CancelledError:
            closing = asyncio.create_task(self._close(opening))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            raise
        if not may_leave:
            await self._close(opening)
        return opened if may_leave else None

    async def _may_leave(self, turn: Turn, letters: int) -> bool:
        """Wait for their turn, or for another one if they missed it; False if it is far."""
        await turn.has_come()
        if not (letters and turn.is_missed):
            return True
        try:
            another = await self._pace.another(letters)
        except (SQLAlchemyError, OSError) as error:  # nobody opens letters while the database is away
            log.warning("letters leave without another turn", reason=type(error).__name__)
            return True
        if another:
            await another.has_come()
        return another is not None

    async def _close(self, opening: asyncio.Future[Opened]) -> None:
        await asyncio.wait([opening])
        if opening.cancelled() or opening.exception():
            return
        for it in opening.result().attempts():
            await outcomes.put_back(self._engine, it.row.id, it.number, "given up before the call")

    async def _aside(self, row: Row[Any], draft: Draft, now: datetime) -> BaseException | None:
        """Why a message does not leave, written where it never will."""
        match draft:
            case Objection():
                return await outcome_of(self._drop(row.id, now, draft))
            case Closed():
                return await outcome_of(self._put_off(row, now, draft))
            case BaseException():
                return draft
        return None

    async def _put_off(self, row: Row[Any], now: datetime, closed: Closed) -> Later:
        """Owed again when the sending window opens: until then nobody is late with it."""
        opens = now + closed.opens_in
        if (row.due_at or row.queued_at) < opens:
            async with self._engine.begin() as connection:
                await ledger.change(connection, row.id, due_at=opens)
        return Later(closed.opens_in)

    async def _drop(self, message_id: UUID, now: datetime, objection: Objection) -> None:
        async with self._engine.begin() as connection:
            for row in await ledger.lock_queued(connection, [message_id]):
                summary = f"Message non envoyé : {objection.reason}"
                entry = records.Entry(row.siren, now, "skipped", row.rule, summary, row.event_id)
                await records.write(connection, [entry])
                if objection.is_owed:
                    await expire(connection, self._rulebook, row, objection.reason)
                else:
                    await ledger.change(connection, row.id, status="dropped", reason=objection.reason)


def _order(order: DeliveryOrder) -> Order:
    return Order(order.siren, tuple(UUID(it) for it in order.messages), activity.info().started_time)


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Tell Temporal again and again that this worker lives: its death is noticed by silence."""
    beats = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beats.cancel()


async def _beat() -> None:
    while True:
        await asyncio.sleep(BEAT.total_seconds())
        activity.heartbeat()
