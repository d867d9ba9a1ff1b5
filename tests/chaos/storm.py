"""What goes wrong, at random but the same for the same seed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, islice

from tests.chaos.parts import Mortal, Server
from tests.chaos.plan import Plan
from tests.fakes.server import Answer, Behaviour, Drop, FakeProvider, Garbage, Hang

DEAD_FOR = (0.1, 4.0)
QUIET = (0.2, 1.8)
"""Of the mean time left between two deaths."""

QUIET_AT_LEAST = 0.5
GUSTS: tuple[Behaviour, ...] = (
    Answer(429, retry_after=1),
    Answer(500),
    Answer(503),
    Hang(accept=True),
    Hang(accept=False),
    Drop(accept=True),
    Drop(accept=False),
    Garbage(),
)


@dataclass
class Storm:
    """Kills one part after the other and makes the providers misbehave as the plan says, until it is told to stop."""

    parts: Sequence[Mortal]
    providers: Sequence[FakeProvider]
    plan: Plan
    toll: Counter[str] = field(default_factory=Counter)

    async def rage(self, stop: asyncio.Event) -> None:
        """Return once all that was killed is alive again."""
        chance = random.Random(self.plan.seed)
        await self._quiet(chance, stop)
        if self.plan.outage:
            await self._black_out()
        for part in self._victims(chance):
            await self._quiet(chance, stop)
            if stop.is_set():
                break
            self._gust(chance)
            await self._strike(chance, part)
        for provider in self.providers:
            provider.forgive()

    def _victims(self, chance: random.Random) -> Iterator[Mortal]:
        """All of them in one order, then in another: none is spared for long."""
        rounds = (part for _ in count() for part in chance.sample(self.parts, len(self.parts)))
        return islice(rounds, self.plan.deaths)

    async def _quiet(self, chance: random.Random, stop: asyncio.Event) -> None:
        mean = max(QUIET_AT_LEAST, self.plan.every - sum(DEAD_FOR) / 2)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), mean * chance.uniform(*QUIET))

    async def _black_out(self) -> None:
        servers = [part for part in self.parts if isinstance(part, Server)]
        for server in servers:
            await server.kill()
        await asyncio.sleep(self.plan.outage)
        for server in servers:
            await server.revive()
        self.toll["black-out"] += 1

    def _gust(self, chance: random.Random) -> None:
        provider, gusts = chance.choice(self.providers), chance.choices(GUSTS, k=chance.randint(1, 6))
        if not provider.is_moody:
            provider.script(*gusts)
            self.toll["provider"] += len(gusts)

    async def _strike(self, chance: random.Random, part: Mortal) -> None:
        self.toll[part.name] += 1
        await part.kill()
        await asyncio.sleep(chance.uniform(*DEAD_FOR))
        await part.revive()
