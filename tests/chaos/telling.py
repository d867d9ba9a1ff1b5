"""What a storm says of itself while it lasts."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from math import isfinite
from time import monotonic, process_time

from tests.chaos.storm import Storm
from tests.chaos.work import Work

Say = Callable[[str], None]
EVERY = 10
OVER = 18
"""Lines whose span gives the rate: three minutes."""


async def tell(weather: Storm, work: Work, say: Say) -> None:
    """One line every ten seconds, for ever."""
    seen = deque([(monotonic(), 0.0)], maxlen=OVER)
    began, spent = monotonic(), process_time()
    while True:
        await asyncio.sleep(EVERY)
        seen.append((monotonic(), work.done))
        own = (process_time() - spent) / (monotonic() - began)
        counts = f"{len(work.senders.told)} events, {work.moved} mornings, {work.left} letters left"
        say(f"{counts}, {_end(seen)}; {summed(weather.toll)}; {own:.0%} of a core is ours")


def _end(seen: deque[tuple[float, float]]) -> str:
    (since, before), (now, done) = seen[0], seen[-1]
    ahead = (1 - done) * (now - since) / (done - before) if done > before else float("inf")
    return f"{done:.0%}, about {ahead / 60:.0f} min to go" if isfinite(ahead) else f"{done:.0%}"


def summed(toll: Counter[str]) -> str:
    """What died how often."""
    return ", ".join(f"{name} ×{number}" for name, number in sorted(toll.items())) or "no fault yet"
