"""1. The same month of work for every contender: enrol, remind at one instant, tell incidents, read every state."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import cpu_count
from time import time

import aiohttp

from benchmarks.contenders import Contender, Least, peers
from benchmarks.events import siren_of
from benchmarks.findings import Goal, Section, Table, median
from benchmarks.meter import Cost, Meter, folder_bytes, peak_megabytes
from benchmarks.ourselves import Parcours
from benchmarks.site import servers, until

BARE, DBOS = "bare Temporal SDK", "dbos"
LEAD = 4.0
READS_AT_ONCE = 8
ENGINES = ("temporal", "postgres")
Letter = tuple[float, str, str, str]
Measures = dict[str, float]


@dataclass(frozen=True)
class Stroke:
    """One kind of work: how many things were done, in how long, at what cost."""

    count: int
    seconds: float
    cost: Cost

    @property
    def per_second(self) -> float:
        """Things done per second."""
        return self.count / self.seconds


@dataclass(frozen=True)
class Turn:
    """One contender's month."""

    strokes: dict[str, Stroke]
    peak: dict[str, float]
    bytes_each: float

    @property
    def engines(self) -> list[str]:
        """The parts that hold the state."""
        return [name for name in self.peak if name in ENGINES]

    @property
    def others(self) -> list[str]:
        """Workers and API."""
        return [name for name in self.peak if name not in ENGINES]

    def cpu_each(self, strokes: Sequence[str], parts: Sequence[str] = ()) -> float:
        """CPU milliseconds for each thing done, of some parts or of all."""
        chosen = [self.strokes[name] for name in strokes]
        seconds = sum(it.cost.of(*parts) if parts else it.cost.total for it in chosen)
        return seconds / sum(it.count for it in chosen) * 1000


class Counter:
    """What the edge has accepted."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def reset(self) -> None:
        """Forget everything."""
        async with self._session.post(f"{self._url}/reset"):
            return

    async def letters(self) -> list[Letter]:
        """Everything since."""
        async with self._session.get(f"{self._url}/accepted") as answer:
            return [(it[0], it[1], it[2], it[3]) for it in await answer.json()]

    async def reaches(self, count: int) -> bool:
        """Whether that many have been accepted."""
        async with self._session.get(f"{self._url}/counts") as answer:
            return int((await answer.json())["accepted"]) >= count


async def live(contender: Contender, counter: Counter, sirens: Sequence[str]) -> Turn:
    """The four strokes, one after another; each ends when the edge has accepted its last letter."""
    before = await _disk(contender)
    strokes = {
        "enrol": await _enrol(contender, counter, sirens),
        "remind": await _remind(contender, counter, sirens),
        "incident": await _incidents(contender, counter, sirens[::10]),
        "read": await _read(contender, sirens),
    }
    grown = (await _disk(contender) - before) / len(sirens)
    return Turn(strokes, {name: peak_megabytes(pid) for name, pid in contender.pids.items()}, grown)


async def _enrol(contender: Contender, counter: Counter, sirens: Sequence[str]) -> Stroke:
    await counter.reset()
    with Meter(contender.pids) as meter:
        began = time()
        await contender.enrol(sirens)
        await until(lambda: counter.reaches(2 * len(sirens)), 300)
    return Stroke(len(sirens), (await counter.letters())[-1][0] - began, meter.cost)


async def _remind(contender: Contender, counter: Counter, sirens: Sequence[str]) -> Stroke:
    await counter.reset()
    at = datetime.now(UTC) + timedelta(seconds=LEAD + contender.lead_each * len(sirens))
    await contender.remind(sirens, at)
    await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
    if await counter.reaches(1):
        raise RuntimeError(f"{contender.name} was not ready in time: give it a longer lead")
    with Meter(contender.pids) as meter:
        await until(lambda: counter.reaches(2 * len(sirens)), 300)
    return Stroke(len(sirens), (await counter.letters())[-1][0] - at.timestamp(), meter.cost)


async def _incidents(contender: Contender, counter: Counter, sirens: Sequence[str]) -> Stroke:
    await counter.reset()
    with Meter(contender.pids) as meter:
        began = time()
        await contender.incidents(sirens)
        await until(lambda: counter.reaches(2 * len(sirens)), 300)
    return Stroke(len(sirens), (await counter.letters())[-1][0] - began, meter.cost)


async def _read(contender: Contender, sirens: Sequence[str]) -> Stroke:
    left = iter(sirens)

    async def reader() -> None:
        for siren in left:
            await contender.read(siren)

    with Meter(contender.pids) as meter:
        await asyncio.gather(*(reader() for _ in range(READS_AT_ONCE)))
    return Stroke(len(sirens), meter.cost.seconds, meter.cost)


async def _disk(contender: Contender) -> float:
    home = contender.site.home
    size = 0.0
    if "postgres" in contender.engines:
        size += folder_bytes(home / "postgres" / "data" / "base")
    if "temporal" in contender.engines:
        size += sum(file.stat().st_size for file in home.glob("temporal.db*"))
    return size


async def measure(journeys: int = 100, rounds: int = 2) -> Section:
    """Each contender in turn, and all again; its workers, one for each core, run during its own turn only."""
    turns: dict[str, list[Turn]] = {}
    contenders: list[type[Contender]] = [Parcours, *peers(), Least]
    async with aiohttp.ClientSession() as session:
        for turn in range(rounds):
            for kind in contenders:
                async with servers() as site:
                    counter = Counter(site.edge.url, session)
                    chosen = kind(site, turn)
                    chosen.processes = cpu_count() or 1
                    async with chosen as contender:
                        await warm(contender, counter)
                        sirens = [siren_of(rank) for rank in range(1_000, 1_000 + journeys)]
                        turns.setdefault(kind.name, []).append(await live(contender, counter, sirens))
    return _section(turns, {kind.name: kind.promises for kind in contenders})


async def warm(contender: Contender, counter: Counter) -> None:
    """One journey first: its letters prove that everything is up."""
    await asyncio.sleep(1.5)
    await contender.enrol([siren_of(0)])
    await until(lambda: counter.reaches(2))


WORK = ("enrol", "remind", "incident")


def _section(turns: dict[str, list[Turn]], promises: dict[str, str]) -> Section:
    rate = {name: _rates(found) for name, found in turns.items()}
    cpu = {name: _cpu(found) for name, found in turns.items()}
    ours, ours_cpu = rate[Parcours.name], cpu[Parcours.name]["remind"]
    goals = [
        Goal("rate of reminders, × the bare SDK", ours["remind"] / rate[BARE]["remind"], 1.0),
        Goal("CPU of a reminder, × the bare SDK", ours_cpu / cpu[BARE]["remind"], 1.0, at_least=False),
    ]
    if DBOS in cpu:
        goals.append(Goal("CPU of a reminder, × dbos", ours_cpu / cpu[DBOS]["remind"], 0.7, at_least=False))
    return Section("month", "The same month of work", _tables(turns, rate, cpu, promises), tuple(goals), NOTES)


NOTES = (
    "A reminder is an SMS and a mail that fall due at one instant for everybody; the rate counts journeys from that "
    "instant to the last letter accepted by the edge. All contenders call the providers through the same senders.",
    "The loop and the queue promise less: no rule is applied, no fact read again before a letter leaves, nothing is "
    "explained, and what was in flight at a kill is sent twice. The bare SDK and dbos run no rule either.",
    "One local activity for both letters, without a sandbox, is the least a reminder on Temporal can cost; the loop is "
    "the least the letters themselves cost. Rules, ledger and the writing of letters come on top of either.",
)


def _rates(found: Sequence[Turn]) -> Measures:
    return {name: median([it.strokes[name].per_second for it in found]) for name in found[0].strokes}


def _cpu(found: Sequence[Turn]) -> Measures:
    return {name: median([it.cpu_each([name]) for it in found]) for name in found[0].strokes}


def _tables(
    turns: dict[str, list[Turn]], rate: dict[str, Measures], cpu: dict[str, Measures], promises: dict[str, str]
) -> tuple[Table, ...]:
    strokes = ("enrol", "remind", "incident", "read")
    beside = [other for other in (BARE, DBOS) if other in cpu]
    each = {
        name: (
            round(median([it.cpu_each(["remind"], it.engines) for it in found]), 1),
            round(median([it.cpu_each(["remind"], it.others) for it in found]), 1),
            *(round(cpu[name]["remind"] / cpu[other]["remind"], 2) for other in beside),
        )
        for name, found in turns.items()
    }
    return (
        Table(
            "Journeys per second",
            ("contender", *strokes),
            tuple((name, *(round(rate[name][stroke], 1) for stroke in strokes)) for name in turns),
            plot="remind",
        ),
        Table(
            "CPU milliseconds per reminder (SMS and mail)",
            ("contender", "engine", "worker and API", *(f"× {other}" for other in beside)),
            tuple((name, *each[name]) for name in turns),
            plot=f"× {BARE}",
        ),
        Table(
            "CPU milliseconds per journey, all parts",
            ("contender", *strokes),
            tuple((name, *(round(cpu[name][stroke], 1) for stroke in strokes)) for name in turns),
        ),
        Table(
            "Memory and disk",
            ("contender", "peak MB, engine", "peak MB, worker and API", "kB on disk per journey"),
            tuple((name, *_space(found)) for name, found in turns.items()),
        ),
        Table("What each promises", ("contender", "promise"), tuple(promises.items())),
    )


def _space(found: Sequence[Turn]) -> tuple[float, ...]:
    engine = median([sum(it.peak.get(part, 0) for part in it.engines) for it in found])
    worker = median([sum(it.peak.get(part, 0) for part in it.others) for it in found])
    return round(engine), round(worker), round(median([it.bytes_each for it in found]) / 1000, 1)
