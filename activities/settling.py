"""Attempts that ended without an answer: what became of them is found out before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import measuring, outcomes
from activities.patience import Later, Patience
from activities.sending import Post
from activities.writing import VALID_FOR
from domain.rulebook import Rulebook
from notifications.ports import Letter, OutcomeUnknown, Sender, Sent, TryLater


class Settling:
    """Asks the provider, or waits for receipts where it cannot be asked."""

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook, posts: Mapping[str, Post], patience: Patience) -> None:
        self._engine, self._rulebook = engine, rulebook
        self._posts, self._patience = posts, patience

    async def settle(self, row: Row[Any]) -> bool:
        """Whether the message is to leave again, having certainly not left; raises ``Later`` while nobody knows."""
        elapsed = datetime.now(UTC) - row.attempted_at
        sender = self._posts[row.channel].sender
        if not sender.can_find:
            await self._settle_without_asking(row, elapsed)
            return False
        found = await self._ask(sender, row)
        if found:
            await outcomes.sent(self._engine, self._rulebook, {row.id: found})
            measuring.accepted(row)
            return False
        if elapsed < self._patience.settle_after:
            raise Later(self._patience.settle_after - elapsed)
        await outcomes.put_back(self._engine, row.id, row.attempts, "asked: it had not left")
        return True

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
