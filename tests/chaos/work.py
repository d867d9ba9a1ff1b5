"""What the storm rages over: enterprises that enrol, owe, miss a payment, book, and whose mornings come."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from datetime import date
from time import monotonic
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.chaos.appointments import BOOKERS, Appointments
from tests.chaos.clocks import Clocks
from tests.chaos.facts import facts_of, first_facts, siren_of
from tests.chaos.plan import Plan
from tests.chaos.providers import StormSendGrid, StormTwilio
from tests.chaos.senders import Senders

AFOOT_AT_MOST = 200
"""Enterprises that something happens to at the same time."""

TURN = 0.5
ENROLLED_AT_ONCE = 50
GIVES_UP_AFTER, LEAVES_STRAGGLERS_AFTER, FEW_AHEAD = 900, 60, 0.9
"""Seconds in which no clock could be moved: the verdict will say why; few deliveries may be backing off."""


class Work:
    """Carries out a plan; what it was promised is in ``senders.told`` and ``appointments.booked``."""

    def __init__(self, engine: AsyncEngine, url: str, plan: Plan, twilio: StormTwilio, sendgrid: StormSendGrid) -> None:
        self._plan, self._providers = plan, (twilio, sendgrid)
        self._chance, self._began = random.Random(plan.seed), monotonic()
        self.senders, self.clocks = Senders(url), Clocks(engine)
        self.appointments = Appointments(self.senders, plan.seed)
        self.mornings: Counter[str] = Counter()
        self._enrolled: list[str] = []
        self._booking: dict[str, asyncio.Task[None]] = {}

    @property
    def moved(self) -> int:
        """Mornings that came."""
        return self.mornings.total()

    @property
    def left(self) -> int:
        """Letters that the providers took."""
        return sum(len(provider.accepted) for provider in self._providers)

    @property
    def done(self) -> float:
        """How much of the plan is carried out, from 0 to 1."""
        minutes = (monotonic() - self._began) / 60 / self._plan.minutes
        mornings = self.moved / (self._plan.enterprises * self._plan.mornings)
        return min(1.0, max(minutes, mornings, self.left / self._plan.sends))

    @property
    def is_enough(self) -> bool:
        """The plan asks for no more."""
        return self.done >= 1

    async def settle_in(self) -> None:
        """The morning it is, and the agent."""
        await self.clocks.set_to_monday()
        await self.appointments.open()
        self._began = monotonic()

    async def happen(self) -> None:
        """Everything that happens to everybody, until the plan is carried out or no clock moves any more."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._enrol())
            group.create_task(self._live())
        await asyncio.gather(*self._booking.values())
        await self.senders.close()

    async def _enrol(self) -> None:
        sirens = [siren_of(rank) for rank in range(self._plan.enterprises)]
        size = min(ENROLLED_AT_ONCE, 1 + len(sirens) // 20)
        for start in range(0, len(sirens), size):
            await self._room_for(size)
            if self.is_enough:
                return
            some = sirens[start : start + size]
            await self.senders.tell([event for siren in some for event in first_facts(siren, self._chance)])
            for siren in some if start < BOOKERS else ():
                self._booking[siren] = asyncio.create_task(self.appointments.book(siren))
            self._enrolled += some

    async def _room_for(self, size: int) -> None:
        while not self.is_enough:
            with suppress(SQLAlchemyError, OSError):
                if await self.clocks.afoot() + size <= AFOOT_AT_MOST:
                    return
            await asyncio.sleep(TURN)

    async def _live(self) -> None:
        last = monotonic()
        while not self.is_enough and monotonic() - last < self._stall_allowed:
            with suppress(SQLAlchemyError, OSError):
                if await self._morning():
                    last = monotonic()
                elif await self._is_all_lived():
                    return
            await asyncio.sleep(TURN)

    async def _is_all_lived(self) -> bool:
        everybody = len(self._enrolled) == self._plan.enterprises
        return everybody and not await self.clocks.any_lives(self._with_mornings_ahead())

    @property
    def _stall_allowed(self) -> float:
        return LEAVES_STRAGGLERS_AFTER if self.done > FEW_AHEAD else GIVES_UP_AFTER

    def _with_mornings_ahead(self) -> list[str]:
        return [siren for siren in self._enrolled if self.mornings[siren] < self._plan.mornings]

    def _is_free(self, siren: str) -> bool:
        return siren not in self._booking or self._booking[siren].done()

    async def _morning(self) -> bool:
        """Whether the morning of some came; what is known by then is told."""
        room = AFOOT_AT_MOST - await self.clocks.afoot()
        free = [siren for siren in self._with_mornings_ahead() if self._is_free(siren)]
        days: dict[str, date] = await self.clocks.move_on(free, room) if free and room > 0 else {}
        self.mornings.update(list(days))
        facts: list[dict[str, Any]] = [
            fact for siren, day in days.items() for fact in facts_of(siren, day, self._chance)
        ]
        await self.senders.tell(facts)
        return bool(days)
