"""The activity that delivers messages: facts read again, the row written, the provider called, the outcome kept.

A message is ``queued``, then ``sending`` (committed before the call), then ``sent``, ``failed`` or ``unknown``.
Whatever a later attempt finds ``sending`` or ``unknown`` is settled by asking the provider, never by sending blindly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import outcomes
from activities.contract import DELIVER, DeliveryOrder
from activities.writing import VALID_FOR, Closed, Objection, write
from db import journeys, ledger, records
from db.journeys import Stored
from domain.rulebook import Rulebook
from notifications.links import Links
from notifications.ports import Letter, OutcomeUnknown, Refused, Sender, Sent, TryLater

log = structlog.stdlib.get_logger("parcours.delivering")

SETTLE_AFTER = timedelta(seconds=60)
"""A provider may list a message late: before this, not finding it proves nothing."""

RECEIPTS_WITHIN = timedelta(hours=1)
"""A provider that cannot be asked has said what became of a letter by then, or never will."""

MAX_BACKOFF = timedelta(minutes=10)
UNSETTLED = ("queued", "sending", "unknown")


@dataclass(frozen=True)
class Later(Exception):
    """Not now: try again after ``delay``."""

    delay: timedelta


@dataclass(frozen=True)
class Post:
    """A provider by channel, with the name the ledger keeps."""

    name: str
    sender: Sender


class Delivering:
    """Delivers messages of any journey by the providers it was given."""

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook, links: Links, posts: Mapping[str, Post]) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._links = links
        self._posts = posts

    @activity.defn(name=DELIVER)
    async def deliver(self, order: DeliveryOrder) -> None:
        """Deliver each message once; asks to be tried again while one cannot leave yet."""
        delays = [delay for message_id in order.messages if (delay := await self._try(message_id))]
        if delays:
            raise ApplicationError("not all could leave yet", type="later", next_retry_delay=min(delays))

    async def _try(self, message_id: str) -> timedelta | None:
        try:
            await self._deliver(message_id)
        except Later as later:
            return later.delay
        return None

    async def _deliver(self, message_id: str) -> None:
        async with self._engine.begin() as connection:
            row = await ledger.lock(connection, message_id)
        if row is None or row.status not in UNSETTLED:
            return
        if row.status != "queued":
            await self._settle(row)
            return
        letter = await self._prepare(message_id)
        if letter:
            await self._send(letter, row)

    async def _prepare(self, message_id: str) -> Letter | None:
        """Read the facts again; write what is about to leave, or why it does not."""
        async with self._engine.begin() as connection:
            row = await ledger.lock(connection, message_id)
            stored = await journeys.read(connection, row.siren) if row else None
            if row is None or stored is None or row.status != "queued":
                return None
            draft = await write(connection, row, stored, self._rulebook, self._links)
            if isinstance(draft, Letter):
                await self._about_to_leave(connection, row, draft)
            elif isinstance(draft, Objection):
                await _drop(connection, row, stored, draft)
        if isinstance(draft, Closed):
            raise Later(draft.opens_in)
        return draft if isinstance(draft, Letter) else None

    async def _about_to_leave(self, connection: AsyncConnection, row: Row[Any], letter: Letter) -> None:
        await ledger.change(
            connection,
            row.id,
            status="sending",
            attempts=row.attempts + 1,
            attempted_at=datetime.now(UTC),
            provider=self._posts[row.channel].name,
            to=letter.to,
            title=letter.subject,
            text=letter.text,
        )

    async def _send(self, letter: Letter, row: Row[Any]) -> None:
        try:
            sent = await self._posts[row.channel].sender.send(letter)
        except Refused as refused:
            await outcomes.failed(self._engine, self._rulebook, row.id, refused)
        except TryLater as later:
            await outcomes.put_back(self._engine, row.id, later.code)
            raise Later(later.retry_after or _backoff(row.attempts)) from None
        except OutcomeUnknown as unknown:
            log.warning("outcome unknown", message=str(row.id), detail=unknown.detail)
            await outcomes.unknown(self._engine, row.id)
            raise Later(SETTLE_AFTER) from None
        else:
            await outcomes.sent(self._engine, self._rulebook, row.id, sent)

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
        elif elapsed < SETTLE_AFTER:
            raise Later(SETTLE_AFTER - elapsed)
        else:
            await outcomes.put_back(self._engine, row.id, "asked: it had not left")
            await self._deliver(str(row.id))

    async def _settle_without_asking(self, row: Row[Any], elapsed: timedelta) -> None:
        if elapsed < RECEIPTS_WITHIN:
            raise Later(min(RECEIPTS_WITHIN - elapsed, MAX_BACKOFF))
        await outcomes.never_known(self._engine, self._rulebook, row.id)

    async def _ask(self, sender: Sender, row: Row[Any]) -> Sent | None:
        letter = Letter(str(row.id), row.channel, row.to, "", row.title or "", row.text, "", VALID_FOR)
        try:
            return await sender.find(letter, row.attempted_at)
        except (OutcomeUnknown, TryLater):
            raise Later(SETTLE_AFTER) from None


async def _drop(connection: AsyncConnection, row: Row[Any], stored: Stored, objection: Objection) -> None:
    await ledger.change(connection, row.id, status="dropped", reason=objection.reason)
    summary = f"Message non envoyé : {objection.reason}"
    entry = records.Entry(row.siren, stored.clock, "skipped", row.rule, summary, row.event_id)
    await records.write(connection, [entry])


def _backoff(attempts: int) -> timedelta:
    return min(timedelta(seconds=5 * 2 ** min(attempts, 10)), MAX_BACKOFF)
