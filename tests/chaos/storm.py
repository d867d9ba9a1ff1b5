"""What goes wrong, at random but the same for the same seed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.parts import Mortal, Server
from tests.fakes.server import Answer, Behaviour, Drop, FakeProvider, Garbage, Hang

QUIET = (0.3, 2.5)
DEAD_FOR = (0.1, 4.0)
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
    """Kills one part after the other and makes the providers misbehave, until it is told to stop.

    ``outage``: for so many seconds, early on, the servers are gone all at once.
    """

    parts: Sequence[Mortal]
    providers: Sequence[FakeProvider]
    seed: int
    outage: float = 0
    toll: Counter[str] = field(default_factory=Counter)

    async def rage(self, stop: asyncio.Event) -> None:
        """Return once all that was killed is alive again."""
        chance = random.Random(self.seed)
        await asyncio.sleep(chance.uniform(*QUIET))
        if self.outage:
            await self._black_out()
        while not stop.is_set():
            await asyncio.sleep(chance.uniform(*QUIET))
            self._gust(chance)
            await self._strike(chance, chance.choice(self.parts))
        for provider in self.providers:
            provider.forgive()

    async def _black_out(self) -> None:
        servers = [part for part in self.parts if isinstance(part, Server)]
        for server in servers:
            await server.kill()
        await asyncio.sleep(self.outage)
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
