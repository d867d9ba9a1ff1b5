"""The activity that delivers messages: facts read again, the row written, the provider called, the outcome kept.

A message is ``queued``, then ``sending`` (committed before the call), then ``sent``, ``failed`` or ``unknown``.
Whatever a later attempt finds ``sending`` or ``unknown`` is settled by asking the provider, never by sending blindly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import measuring, outcomes
from activities.absorbing import catch_up
from activities.contract import DELIVER, DeliveryOrder
from activities.failing import expire
from activities.patience import ORDINARY, Later, Patience
from activities.writing import VALID_FOR, Closed, Objection, write
from db import journeys, ledger, records
from domain.rulebook import Rulebook
from notifications.links import Links
from notifications.ports import Letter, OutcomeUnknown, Refused, Sender, Sent, TryLater

log = structlog.stdlib.get_logger("parcours.delivering")

UNSETTLED = ("queued", "sending", "unknown")


@dataclass(frozen=True)
class Attempt:
    """A letter whose row says ``sending`` since ``at``; ``number`` tells this attempt from any other."""

    letter: Letter
    row: Row[Any]
    number: int
    at: datetime


@dataclass(frozen=True)
class Post:
    """A provider by channel, with the name the ledger keeps."""

    name: str
    sender: Sender


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
        self._patience = patience

    @activity.defn(name=DELIVER)
    async def deliver(self, order: DeliveryOrder) -> None:
        """Deliver each message once; asks to be tried again while one cannot leave yet."""
        troubles = [trouble for message_id in order.messages if (trouble := await self._trouble(message_id))]
        for trouble in troubles:
            if not isinstance(trouble, Later):
                raise trouble
        delays = [trouble.delay for trouble in troubles if isinstance(trouble, Later)]
        if delays:
            raise ApplicationError("not all could leave yet", type="later", next_retry_delay=min(delays))

    async def _trouble(self, message_id: str) -> BaseException | None:
        """What keeps a message from leaving; it does not keep the others."""
        [outcome] = await asyncio.gather(self._deliver(message_id), return_exceptions=True)
        return outcome

    async def _deliver(self, message_id: str) -> None:
        async with self._engine.begin() as connection:
            row = await ledger.lock(connection, message_id)
        if row is None or row.status not in UNSETTLED:
            return
        if row.status != "queued":
            await self._settle(row)
            return
        attempt = await self._prepare(row)
        if attempt:
            await self._send(attempt)

    async def _prepare(self, known: Row[Any]) -> Attempt | None:
        """Read the facts again; write what is about to leave, or why it does not."""
        async with self._engine.begin() as connection:
            await catch_up(connection, self._rulebook, known.siren)
            row = await ledger.lock(connection, str(known.id))
            stored = await journeys.read(connection, row.siren) if row else None
            if row is None or stored is None or row.status != "queued":
                return None
            now = max(stored.clock, activity.info().started_time)
            draft = await write(connection, row, stored, self._rulebook, self._links, now)
            if isinstance(draft, Letter):
                return await self._about_to_leave(connection, row, draft)
            if isinstance(draft, Objection):
                await self._drop(connection, row, now, draft)
        if isinstance(draft, Closed):
            raise Later(draft.opens_in)
        return None

    async def _about_to_leave(self, connection: AsyncConnection, row: Row[Any], letter: Letter) -> Attempt:
        attempt = Attempt(letter, row, row.attempts + 1, datetime.now(UTC))
        await ledger.change(
            connection,
            row.id,
            status="sending",
            attempts=attempt.number,
            attempted_at=attempt.at,
            provider=self._posts[row.channel].name,
            to=letter.to,
            title=letter.subject,
            text=letter.text,
        )
        return attempt

    async def _drop(self, connection: AsyncConnection, row: Row[Any], now: datetime, objection: Objection) -> None:
        summary = f"Message non envoyé : {objection.reason}"
        entry = records.Entry(row.siren, now, "skipped", row.rule, summary, row.event_id)
        await records.write(connection, [entry])
        if objection.is_too_late:
            await expire(connection, self._rulebook, row, objection.reason)
        else:
            await ledger.change(connection, row.id, status="dropped", reason=objection.reason)

    async def _send(self, attempt: Attempt) -> None:
        row = attempt.row
        if datetime.now(UTC) - attempt.at > self._patience.leave_within:
            await outcomes.put_back(self._engine, row.id, attempt.number, "frozen before the call")
            raise Later(self._patience.settle_after)
        try:
            sent = await self._call(self._posts[row.channel], attempt.letter)
        except Refused as refused:
            await outcomes.failed(self._engine, self._rulebook, row.id, refused)
        except TryLater as later:
            await outcomes.put_back(self._engine, row.id, attempt.number, later.code)
            raise Later(later.retry_after or self._patience.backoff(row.attempts)) from None
        except OutcomeUnknown as unknown:
            log.warning("outcome unknown", message=str(row.id), detail=unknown.detail)
            await outcomes.unknown(self._engine, row.id)
            raise Later(self._patience.settle_after) from None
        else:
            await outcomes.sent(self._engine, self._rulebook, row.id, sent)
            measuring.accepted(row)

    async def _call(self, post: Post, letter: Letter) -> Sent:
        try:
            return await post.sender.send(letter)
        except (Refused, TryLater, OutcomeUnknown) as trouble:
            measuring.troubled(post.name, trouble)
            raise

    async def _settle(self, row: Row[Any]) -> None:
        """An attempt ended without an answer: find out before anything else."""
        elapsed = datetime.now(UTC) - row.attempted_at
        sender = self._posts[row.channel].sender
        if not sender.can_find:
            await self._settle_without_asking(row, elapsed)
            return
        found = await self._ask(sender, row)
        if found:
            await outcomes.sent(self._engine, self._rulebook, row.id, found)
            measuring.accepted(row)
        elif elapsed < self._patience.settle_after:
            raise Later(self._patience.settle_after - elapsed)
        else:
            await outcomes.put_back(self._engine, row.id, row.attempts, "asked: it had not left")
            await self._deliver(str(row.id))

    async def _settle_without_asking(self, row: Row[Any], elapsed: timedelta) -> None:
        if elapsed < self._patience.receipts_within:
            await outcomes.unknown(self._engine, row.id)
            raise Later(min(self._patience.receipts_within - elapsed, self._patience.longest_backoff))
        await outcomes.never_known(self._engine, self._rulebook, row.id)

    async def _ask(self, sender: Sender, row: Row[Any]) -> Sent | None:
        letter = Letter(str(row.id), row.channel, row.to, "", row.title or "", row.text, "", VALID_FOR)
        try:
            return await sender.find(letter, row.attempted_at)
        except (OutcomeUnknown, TryLater):
            raise Later(self._patience.settle_after) from None
