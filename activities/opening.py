"""Letters opened: the facts read again, the words written, the rows that say which are about to leave.

Orders given while a transaction runs are opened together by the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.absorbing import catch_up
from activities.sending import Attempt, Post
from activities.writing import Closed, Objection, write
from db import ledger, letters
from db.grouping import Grouped
from db.ledger import Leaving
from db.letters import Facts
from domain.rulebook import Rulebook
from notifications.links import Links
from notifications.ports import Letter

OUTBOX = "outbox"
"""The provider that carries nothing: only there is a mail looked at again as it would have left."""

Result = TypeVar("Result")
Draft = Letter | Objection | Closed | BaseException


@dataclass(frozen=True)
class Order:
    """Messages of one enterprise to deliver; ``at``: when the attempt began."""

    siren: str
    ids: tuple[UUID, ...]
    at: datetime


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


@dataclass(frozen=True)
class Seen:
    """What one look at the database found for several orders."""

    queued: Mapping[UUID, Row[Any]]
    doubtful: Mapping[UUID, Row[Any]]
    facts: Mapping[str, Facts]


class Opening:
    """Opens the letters of orders."""

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook, links: Links, posts: Mapping[str, Post]) -> None:
        self._engine, self._rulebook = engine, rulebook
        self._links, self._posts = links, posts
        self._together = Grouped(self._open_together)

    async def open(self, order: Order) -> Opened:
        """Read the facts again and write which letters are about to leave."""
        return await self._together.carry_out(order) or await self._open_alone(order)

    async def _open_together(self, orders: Sequence[Order]) -> Sequence[Opened | None]:
        """``None`` for those to be opened alone: their facts have to be brought up to date, or a letter of theirs is
        in an order before them.
        """
        if len(orders) == 1:
            return [await self._open_alone(orders[0])]
        async with self._engine.begin() as connection:
            seen = await _look(connection, orders)
            behind = {siren for siren, known in seen.facts.items() if known.is_behind}
            first = {it for it in _first_for_their_letters(orders) if orders[it].siren not in behind}
            opened = {it: await self._draft(connection, orders[it], seen) for it in sorted(first)}
            await self._about_to_leave(connection, list(opened.values()))
            return [opened.get(it) for it in range(len(orders))]

    async def _open_alone(self, order: Order) -> Opened:
        async with self._engine.begin() as connection:
            seen = await _look(connection, [order])
            if any(known.is_behind for known in seen.facts.values()):
                await catch_up(connection, self._rulebook, order.siren)
                seen = await _look(connection, [order])
            opened = await self._draft(connection, order, seen)
            await self._about_to_leave(connection, [opened])
            return opened

    async def _draft(self, connection: AsyncConnection, order: Order, seen: Seen) -> Opened:
        ids = dict.fromkeys(order.ids)
        rows = [seen.queued[it] for it in ids if it in seen.queued]
        doubtful = [seen.doubtful[it] for it in ids if it in seen.doubtful]
        known = seen.facts.get(order.siren)
        now = max(known.stored.clock, order.at) if known else order.at
        drafts = [(row, await self._write(connection, row, known, now)) for row in rows] if known else []
        return Opened(drafts, doubtful, now, datetime.now(UTC))

    async def _write(self, connection: AsyncConnection, row: Row[Any], known: Facts, now: datetime) -> Draft:
        return await outcome_of(write(connection, row, known, self._rulebook, self._links, now))

    async def _about_to_leave(self, connection: AsyncConnection, opened: Sequence[Opened]) -> None:
        leaving = [self._leaving(attempt) for it in opened for attempt in it.attempts()]
        if leaving:
            await ledger.leave(connection, leaving)

    def _leaving(self, attempt: Attempt) -> Leaving:
        row, letter = attempt.row, attempt.letter
        by = self._posts[row.channel].name
        kept = letter.html or None if by == OUTBOX else None
        return Leaving(row.id, attempt.number, attempt.at, by, letter.to, letter.subject, letter.text, kept)


def _first_for_their_letters(orders: Sequence[Order]) -> set[int]:
    """The ranks of orders none of whose letters is in an order before: a row's lock keeps others out, not its own."""
    known: set[UUID] = set()
    ranks = set()
    for rank, order in enumerate(orders):
        if known.isdisjoint(order.ids):
            ranks.add(rank)
        known.update(order.ids)
    return ranks


async def _look(connection: AsyncConnection, orders: Sequence[Order]) -> Seen:
    ids = [it for order in orders for it in order.ids]
    queued = {row.id: row for row in await ledger.lock_queued(connection, ids)}
    others = [it for it in ids if it not in queued]
    doubtful = {row.id: row for row in await ledger.doubtful(connection, others)} if others else {}
    sirens = sorted({row.siren for row in queued.values()})
    return Seen(queued, doubtful, await letters.facts(connection, sirens) if sirens else {})


async def outcome_of(work: Coroutine[Any, Any, Result]) -> Result | BaseException:
    """What the work came to, its failure included."""
    outcomes = await asyncio.gather(*[work], return_exceptions=True)
    return outcomes[0]
