"""1b. The kill test: every contender's worker dies by SIGKILL among its reminders; what is lost, what is doubled."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp

from benchmarks.contenders import Contender, peers
from benchmarks.events import siren_of
from benchmarks.findings import Goal, Section, Table
from benchmarks.month import LEAD, Counter, Letter, warm
from benchmarks.ourselves import Parcours
from benchmarks.site import servers, until

SLOWER_TOGETHER = 3
SETTLED = timedelta(seconds=120)
"""Longer than any contender takes to notice a dead worker, and Parcours to settle a doubt: a minute and a half."""


@dataclass(frozen=True)
class Fate:
    """What became of the letters owed."""

    owed: int
    lost: int
    doubled: int
    in_doubt: int


async def measure(journeys: int = 30) -> Section:
    """All at once, on servers of their own: nothing is timed here."""
    kinds: list[type[Contender]] = [Parcours, *peers()]
    async with aiohttp.ClientSession() as session:
        fates = await asyncio.gather(*(_killed(kind, session, journeys) for kind in kinds))
    return _section({kind.name: fate for kind, fate in zip(kinds, fates, strict=True)})


async def _killed(kind: type[Contender], session: aiohttp.ClientSession, journeys: int) -> Fate:
    sirens = [siren_of(rank) for rank in range(1_000, 1_000 + journeys)]
    owed = 2 * journeys
    async with servers() as site, kind(site) as contender:
        counter = Counter(site.edge.url, session)
        await warm(contender, counter)
        await contender.enrol(sirens)
        await until(lambda: counter.reaches(2 + owed))
        await counter.reset()
        at = datetime.now(UTC) + SLOWER_TOGETHER * timedelta(seconds=LEAD + contender.lead_each * journeys)
        await contender.remind(sirens, at)
        await until(lambda: counter.reaches(owed // 3))
        await contender.kill()
        await contender.start()
        await asyncio.sleep(SETTLED.total_seconds())
        if any(it.process.returncode is not None for it in contender.workers):
            raise RuntimeError(f"the second worker of {contender.name} ended by itself")
        return _fate(owed, await counter.letters(), await contender.in_doubt())


def _fate(owed: int, letters: list[Letter], in_doubt: int) -> Fate:
    copies = Tally((channel, to) for _, channel, to, _ in letters)
    return Fate(owed, owed - len(copies), sum(copies.values()) - len(copies), in_doubt)


def _section(fates: dict[str, Fate]) -> Section:
    ours = fates[Parcours.name]
    unexplained = max(0, ours.lost - ours.in_doubt)
    return Section(
        "kill",
        "A worker killed among its reminders",
        (
            Table(
                "Letters",
                ("contender", "owed", "lost", "doubled", "said to be in doubt"),
                tuple((name, it.owed, it.lost, it.doubled, it.in_doubt) for name, it in fates.items()),
            ),
        ),
        (
            Goal("letters doubled by Parcours", ours.doubled, 0, at_least=False),
            Goal("letters lost by Parcours and not said in doubt", unexplained, 0, at_least=False),
        ),
        (
            "A mail in flight at the kill cannot be asked about: Parcours does not send it again, says so, and settles "
            "it by its receipt. An SMS in doubt is looked for at the provider before anything else.",
        ),
    )
