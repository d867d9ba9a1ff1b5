"""6b. What one process does alone: replay of the longest history, letters written, the pure simulator and its floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from os import cpu_count
from time import perf_counter

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from benchmarks.findings import Goal, Section, Table, median
from benchmarks.site import ORGANISATION, ROOT
from benchmarks.wording import milliseconds_of_a_reminder
from config.policies import load_policies
from config.settings import Settings
from domain.absorption import absorb
from domain.destiny import destiny
from domain.facts import Fact
from domain.population import Scenario, invent
from domain.rulebook import Rulebook
from domain.rules.enrolment import candidate
from domain.simulation import simulate
from workflows.journey import JourneyWorkflow

STORED = ROOT / "tests" / "histories" / "stored"
REPLAYS = 5
MONTHS, FIRST = 36, date(2027, 1, 1)
GOAL = 2_000
AT_ONCE = 20
Lives = Callable[[Sequence[int]], None]


async def replay_seconds(history: WorkflowHistory) -> float:
    """Median time to replay a history as a worker does after an eviction."""
    replayer = Replayer(
        workflows=[JourneyWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    spent = []
    for _ in range(REPLAYS):
        began = perf_counter()
        await replayer.replay_workflow(history)
        spent.append(perf_counter() - began)
    return median(spent)


class Simulator:
    """An invented population, lived by this one process.

    Each enterprise is lived by itself, from its invention to its cells: hardly two lives are alike, even to the day
    (17 of 5,000 repeat another). Accounts open evenly over the months, so that a life counts for eighteen months on
    average.
    """

    def __init__(self, enterprises: int) -> None:
        self._rulebook = Rulebook.of(load_policies(Settings().policies))
        calendar = self._rulebook.current[ORGANISATION].calendar
        self._scenario = Scenario(enterprises, MONTHS, FIRST, (ORGANISATION,), calendar)

    def live(self, ranks: Sequence[int]) -> None:
        """By all the rules."""
        simulate(self._scenario, self._rulebook, ranks)

    def take_in(self, ranks: Sequence[int]) -> None:
        """By none: what befalls them when nobody answers, taken in fact by fact."""
        for rank in ranks:
            enterprise = invent(self._scenario, rank)
            journey = candidate(enterprise.opening)
            for told in sorted(destiny(enterprise, self._scenario.end)):
                if isinstance(told.what, Fact):
                    journey, _ = absorb(told.what, journey)


def rates(enterprises: int) -> tuple[float, float]:
    """Enterprises a second: lived by all the rules, and only taken in; a few of each in turn."""
    simulator = Simulator(enterprises)
    spent: dict[Lives, float] = {simulator.live: 0.0, simulator.take_in: 0.0}
    for first in range(0, enterprises, AT_ONCE):
        for lives in spent:
            began = perf_counter()
            lives(range(first, min(first + AT_ONCE, enterprises)))
            spent[lives] += perf_counter() - began
    lived, taken_in = (enterprises / seconds for seconds in spent.values())
    return lived, taken_in


async def measure(enterprises: int = 400) -> Section:
    """Of one process; a simulation shares its enterprises among processes."""
    longest = _longest()
    replayed = await replay_seconds(longest)
    return _section(len(longest.events), replayed, milliseconds_of_a_reminder(), *rates(enterprises))


def _longest() -> WorkflowHistory:
    stored = [WorkflowHistory.from_json(f"journey-{it.stem}", it.read_text()) for it in STORED.glob("*.json")]
    return max(stored, key=lambda history: len(history.events))


def _section(events: int, replayed: float, written: float, lived: float, taken_in: float) -> Section:
    cores = cpu_count() or 1
    return Section(
        "rules",
        "Rules and words alone",
        (
            Table(
                "One process",
                ("what", "value"),
                (
                    (f"replay of the longest stored history ({events} events), ms", round(replayed * 1000, 1)),
                    ("an SMS and a mail of a reminder written, CPU ms", round(written, 2)),
                    ("simulated enterprises × 36 months per second and core", round(lived)),
                    ("the same, no rule asked: their facts taken in", round(taken_in)),
                ),
            ),
        ),
        (Goal(f"simulated enterprises × 36 months per second, {cores} cores", lived * cores, GOAL),),
        (
            f"A life without any rule, its chances drawn and its facts taken in one by one, is {taken_in / lived:.0f} "
            f"times as fast: {taken_in * cores:.0f} a second on {cores} cores is what rules that cost nothing would "
            "reach.",
        ),
    )
