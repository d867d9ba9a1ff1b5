"""The relay: stored events enter their journeys, and journeys that have to look again are woken.

It runs in every worker; PostgreSQL's locks share the work. Nothing is lost by stopping it anywhere: an event stays
``pending`` until the transaction that applies it, a wake-up is owed until Temporal has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.absorbing import absorb_pending
from activities.repeating import TROUBLE, Aside, log, repeat
from db import absences, events, idempotency, journeys, newsletters, sessions
from db.steps import LOST_AFTER
from domain.rulebook import Rulebook

BATCH = 200
AT_ONCE = 8
EXPIRE_EVERY = timedelta(minutes=10)
ABSENCES_EVERY = timedelta(minutes=10)
OVERDUE_EVERY = timedelta(minutes=2)
OVERDUE_AFTER = timedelta(minutes=10)
"""A journey this late for its own wake-up has most likely lost its workflow."""

NEWSLETTERS_EVERY = timedelta(seconds=5)
ANSWERS_KEPT = timedelta(days=7)

Item = TypeVar("Item")
Nudge = Callable[[str], Awaitable[None]]


class Relay:
    """Applies events and wakes journeys until told to stop; ``nudge`` wakes the workflow of a SIREN."""

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook, nudge: Nudge) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._nudge = nudge
        self._aside = Aside()

    async def run(self, stop: asyncio.Event) -> None:
        """Events, wake-ups, who is away, the newsletters of the day, and the clean-up of what is asked for no more."""
        await asyncio.gather(
            repeat(self._apply, stop),
            repeat(self._wake, stop),
            repeat(self._tell_absences, stop, ABSENCES_EVERY),
            repeat(self._hand_out_newsletters, stop, NEWSLETTERS_EVERY),
            repeat(self._expire, stop, EXPIRE_EVERY),
            repeat(self._recall, stop, OVERDUE_EVERY),
        )

    async def _apply(self) -> bool:
        async with self._engine.connect() as connection:
            sirens = await events.sirens_pending(connection, BATCH, self._aside.sirens)
        done, failed = await _each(sirens, self._apply_one)
        self._aside.add(failed)
        return any(done)

    async def _apply_one(self, siren: str) -> bool:
        async with self._engine.begin() as connection:
            if not await events.try_lock(connection, siren):
                return False  # another relay is at it
            return bool(await absorb_pending(connection, self._rulebook, siren))

    async def _wake(self) -> bool:
        async with self._engine.begin() as connection:
            owed = await journeys.take_nudges(connection, BATCH, self._aside.sirens)
            told: list[tuple[str, int]] = []
            try:
                _, failed = await _each(owed, partial(self._wake_one, told))
                self._aside.add(siren for siren, _ in failed)
            finally:
                if told:
                    await journeys.mark_nudged(connection, told)
                    await connection.commit()
        return bool(owed)

    async def _wake_one(self, told: list[tuple[str, int]], owed: tuple[str, int]) -> bool:
        await self._nudge(owed[0])
        told.append(owed)
        return True

    async def _recall(self) -> bool:
        """A workflow ended by hand is started again once it is late for something."""
        async with self._engine.begin() as connection:
            late = await journeys.nudge_overdue(connection, OVERDUE_AFTER)
            # A receipt said so, when the delivery had ended: nobody would try again.
            await journeys.nudge_refused_to_account(connection, LOST_AFTER)
        if late:
            log.warning("journeys late for their wake-up are woken again", journeys=late)
        return False

    async def _tell_absences(self) -> bool:
        for policy in self._rulebook.current.values():
            async with self._engine.begin() as connection:
                place, now = (policy.organisation, policy.zone), datetime.now(UTC)
                await absences.tell_left(connection, *place, policy.referent_absence_days, now)
                await absences.tell_unfollowed(connection, *place, now)
        return False

    async def _hand_out_newsletters(self) -> bool:
        told, now = False, datetime.now(UTC)
        for policy in self._rulebook.current.values():
            async with self._engine.begin() as connection:
                today = policy.calendar.day_of(now)
                told |= await newsletters.hand_out(connection, policy.organisation, today, now)
        return told

    async def _expire(self) -> bool:
        days = max(policy.waiting_event_days for policy in self._rulebook.current.values())
        async with self._engine.begin() as connection:
            await events.expire_waiting(connection, timedelta(days=days))
            await idempotency.forget(connection, ANSWERS_KEPT)
            await sessions.forget_ended(connection)
        return False


async def _each(items: Sequence[Item], work: Callable[[Item], Awaitable[bool]]) -> tuple[list[bool], list[Item]]:
    """Do the work for all, a few at a time: what was done, and who failed; nobody waits for another's failure."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> bool:
        async with slots:
            return await work(item)

    outcomes = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    failed = [(item, it) for item, it in zip(items, outcomes, strict=True) if isinstance(it, BaseException)]
    for item, failure in failed:
        if isinstance(failure, TROUBLE):
            raise failure
        # By its type alone: what it says may quote personal data.
        log.error("set aside until the next look", item=item, reason=type(failure).__name__)
    return [it for it in outcomes if isinstance(it, bool)], [item for item, _ in failed]
