"""The activity that delivers messages: facts read again, the rows written, the providers called, the outcomes kept.

A message is ``queued``, then ``sending`` (committed before the call), then ``sent``, ``failed`` or ``unknown``.
Whatever a later attempt finds ``sending`` or ``unknown`` is settled by asking the provider, never by sending blindly.
The letters of one order are written in one transaction and their outcomes kept in another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.absorbing import catch_up
from activities.contract import DELIVER, DeliveryOrder
from activities.failing import expire
from activities.patience import ORDINARY, Later, Patience
from activities.sending import Attempt, Post, Sending
from activities.settling import Settling
from activities.writing import Closed, Objection, write
from db import ledger, letters, records
from db.ledger import Leaving
from db.letters import Facts
from domain.rulebook import Rulebook
from notifications.links import Links
from notifications.ports import Letter

BEAT = timedelta(seconds=5)
"""How often a delivery shows that its worker lives."""

Result = TypeVar("Result")
Draft = Letter | Objection | Closed | BaseException


@dataclass(frozen=True)
class Opened:
    """What became of the letters of an order before any left: ``now`` is the journey's clock, ``at`` the wall's."""

    drafts: Sequence[tuple[Row[Any], Draft]]
    doubtful: Sequence[Row[Any]]
    now: datetime
    at: datetime

    def attempts(self) -> list[Attempt]:
        """Those whose rows say that they are about to leave."""
        return [
            Attempt(draft, row, row.attempts + 1, self.at) for row, draft in self.drafts if isinstance(draft, Letter)
        ]


class Delivering:
    """Delivers messages of any journey by the providers it was given."""

    def __init__(
        self,
        engine: AsyncEngine,
        rulebook: Rulebook,
        links: Links,
        posts: Mapping[str, Post],
        patience: Patience = ORDINARY,
    ) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._links = links
        self._posts = posts
        self._sending = Sending(engine, rulebook, posts, patience)
        self._settling = Settling(engine, rulebook, posts, patience)

    @activity.defn(name=DELIVER)
    async def deliver(self, order: DeliveryOrder) -> None:
        """Deliver each message once; asks to be tried again while one cannot leave yet."""
        async with beating():
            troubles = await self._deliver(order.siren, [UUID(it) for it in order.messages])
        for trouble in troubles:
            if not isinstance(trouble, Later):
                raise trouble
        delays = [trouble.delay for trouble in troubles if isinstance(trouble, Later)]
        if delays:
            raise ApplicationError("not all could leave yet", type="later", next_retry_delay=min(delays))

    async def _deliver(self, siren: str, ids: Sequence[UUID]) -> list[BaseException]:
        """What keeps messages from leaving; one does not keep the others."""
        opened = await self._open(siren, ids)
        troubles = [it for row, draft in opened.drafts if (it := await self._aside(row, draft, opened.now))]
        troubles += await self._sending.send(opened.attempts())
        settled = [await _outcome(self._settling.settle(row)) for row in opened.doubtful]
        troubles += [it for it in settled if isinstance(it, BaseException)]
        again = [row.id for row, it in zip(opened.doubtful, settled, strict=True) if it is True]
        return troubles + (await self._deliver(siren, again) if again else [])

    async def _open(self, siren: str, ids: Sequence[UUID]) -> Opened:
        """Read the facts again and write which letters are about to leave."""
        async with self._engine.begin() as connection:
            rows = await ledger.lock_queued(connection, ids)
            doubtful = await ledger.doubtful(connection, ids) if len(rows) < len(ids) else []
            known = await self._facts(connection, siren) if rows else None
            if known is None:
                return Opened((), doubtful, datetime.now(UTC), datetime.now(UTC))
            now = max(known.stored.clock, activity.info().started_time)
            drafts = [(row, await self._draft(connection, row, known, now)) for row in rows]
            opened = Opened(drafts, doubtful, now, datetime.now(UTC))
            await self._about_to_leave(connection, opened)
            return opened

    async def _facts(self, connection: AsyncConnection, siren: str) -> Facts | None:
        known = await letters.facts(connection, siren)
        if known is None or not known.is_behind:
            return known
        await catch_up(connection, self._rulebook, siren)
        return await letters.facts(connection, siren)

    async def _draft(self, connection: AsyncConnection, row: Row[Any], known: Facts, now: datetime) -> Draft:
        return await _outcome(write(connection, row, known, self._rulebook, self._links, now))

    async def _about_to_leave(self, connection: AsyncConnection, opened: Opened) -> None:
        leaving = [
            Leaving(
                it.row.id, it.number, self._posts[it.row.channel].name, it.letter.to, it.letter.subject, it.letter.text
            )
            for it in opened.attempts()
        ]
        if leaving:
            await ledger.leave(connection, leaving, opened.at)

    async def _aside(self, row: Row[Any], draft: Draft, now: datetime) -> BaseException | None:
        """Why a message does not leave, written where it never will."""
        match draft:
            case Objection():
                return await _outcome(self._drop(row.id, now, draft))
            case Closed():
                return Later(draft.opens_in)
            case BaseException():
                return draft
        return None

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


async def _outcome(work: Coroutine[Any, Any, Result]) -> Result | BaseException:
    """What the work came to, its failure included."""
    outcomes = await asyncio.gather(*[work], return_exceptions=True)
    return outcomes[0]


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
