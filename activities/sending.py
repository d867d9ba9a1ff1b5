"""Letters handed to their providers in the order decided; what became of each is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import measuring, outcomes
from activities.patience import Later, Patience
from db.grouping import Grouped
from db.ledger import ACCOUNT_REFUSED
from domain.rulebook import Rulebook
from notifications.ports import AccountRefused, Frozen, Letter, OutcomeUnknown, Refused, Sender, Sent, TryLater

log = structlog.stdlib.get_logger("parcours.delivering")

TOGETHER = 0.25
"""Seconds that an answer waits for those of the other letters, to be kept in one transaction with them."""

COURTESY = 1
"""Seconds that a letter waits for the one before it in the ledger, to somebody else or by another channel."""

DATABASE_AWAITED = (0.5, 1, 2, 4, 8, 15)
"""Seconds between attempts at keeping an acceptance; together well within the time a delivery may take."""


@dataclass(frozen=True)
class Post:
    """A provider by channel, with the name the ledger keeps."""

    name: str
    sender: Sender


@dataclass(frozen=True)
class Attempt:
    """A letter whose row says ``sending`` since ``at``; ``number`` tells this attempt from any other."""

    letter: Letter
    row: Row[Any]
    number: int
    at: datetime


Call = asyncio.Task[Sent]


class Sending:
    """Calls the providers and keeps what they answer."""

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook, posts: Mapping[str, Post], patience: Patience) -> None:
        self._engine, self._rulebook = engine, rulebook
        self._posts, self._patience = posts, patience
        self._together = Grouped(self._keep_accepted)

    async def send(self, attempts: Sequence[Attempt]) -> list[BaseException]:
        """Send each letter once; return what asks for another look."""
        calls = self._in_order(attempts)
        troubles: list[BaseException] = []
        waiting = set(calls)
        try:
            while waiting:
                answered, waiting = await asyncio.wait(waiting, timeout=TOGETHER)
                troubles += await self._keep({call: it for call, it in calls.items() if call in answered})
        finally:
            for call in waiting:
                call.cancel()
        return troubles

    def _in_order(self, attempts: Sequence[Attempt]) -> dict[Call, Attempt]:
        """Each letter called after the one before it; those of one recipient only once that one is gone (ENR-4)."""
        calls: dict[Call, Attempt] = {}
        before: Call | None = None
        latest: dict[tuple[str, str], Call] = {}
        for it in attempts:
            recipient = (it.row.channel, it.letter.to)
            before = asyncio.create_task(self._in_turn(it, before, latest.get(recipient)))
            calls[before], latest[recipient] = it, before
        return calls

    async def _in_turn(self, attempt: Attempt, before: Call | None, to_same: Call | None) -> Sent:
        if to_same:
            await asyncio.wait([to_same])
            trouble = to_same.exception()
            if trouble and not isinstance(trouble, Refused | OutcomeUnknown):
                raise trouble
        elif before:
            await asyncio.wait([before], timeout=COURTESY)
        return await self._call(attempt)

    async def _call(self, attempt: Attempt) -> Sent:
        letter = replace(attempt.letter, leave_by=attempt.at + self._patience.leave_within)
        post = self._posts[attempt.row.channel]
        try:
            return await post.sender.send(letter)
        except (Refused, TryLater, OutcomeUnknown) as trouble:
            measuring.troubled(post.name, trouble)
            raise

    async def _keep(self, answered: Mapping[Call, Attempt]) -> list[BaseException]:
        accepted = [(call.result(), it) for call, it in answered.items() if call.exception() is None]
        if accepted:
            await self._accepted({it.row.id: sent for sent, it in accepted})
        for _, it in accepted:
            measuring.accepted(it.row)
        failures = [(failure, it) for call, it in answered.items() if (failure := call.exception())]
        kept = [await self._failed(failure, it) for failure, it in failures]
        return [trouble for trouble in kept if trouble]

    async def _accepted(self, known: Mapping[UUID, Sent]) -> None:
        """Keep what is certain; this process alone knows it, so it waits a while for a database that is away."""
        for pause in DATABASE_AWAITED:
            try:
                return await self._together.carry_out(known)
            except (SQLAlchemyError, OSError) as error:
                log.warning("an acceptance could not be kept yet", reason=type(error).__name__)
                await asyncio.sleep(pause)
        return await self._together.carry_out(known)

    async def _keep_accepted(self, several: Sequence[Mapping[UUID, Sent]]) -> Sequence[None]:
        known = {message_id: sent for one in several for message_id, sent in one.items()}
        await outcomes.sent(self._engine, self._rulebook, known)
        return [None] * len(several)

    async def _failed(self, failure: BaseException, attempt: Attempt) -> BaseException | None:
        row = attempt.row
        match failure:
            case Frozen():
                await outcomes.put_back(self._engine, row.id, attempt.number, "frozen before the call")
                return Later(self._patience.settle_after)
            case Refused():
                await outcomes.failed(self._engine, self._rulebook, row.id, failure)
                return None
            case TryLater():
                await outcomes.put_back(self._engine, row.id, attempt.number, _reason(failure))
                return Later(failure.retry_after or self._patience.backoff(row.attempts))
            case OutcomeUnknown():
                log.warning("outcome unknown", message=str(row.id), detail=failure.detail)
                await outcomes.unknown(self._engine, row.id)
                return Later(self._patience.settle_after)
        return failure


def _reason(failure: TryLater) -> str:
    return f"{ACCOUNT_REFUSED} : {failure.code}" if isinstance(failure, AccountRefused) else failure.code
