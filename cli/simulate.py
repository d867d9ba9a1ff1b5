"""`parcours simulate`: the rules at work on an invented population, to plan capacity or to try a policy."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from cli.process import run
from cli.simulation_report import Outcome, as_json, show
from config.errors import OperatorError
from config.policies import load_policies
from config.settings import load
from domain.calendar import add_months
from domain.policy import Policy, parse_policy
from domain.population import Scenario
from domain.rulebook import Rulebook
from domain.simulation import Tally
from domain.simulation import simulate as simulate_ranks

CHUNK = 25
"""Enterprises lived by a process at a time: less than a second or two of work."""

PolicyFile = Annotated[
    Path | None, typer.Option(help="Policy file that every organisation follows instead of its own.")
]


@dataclass(frozen=True)
class Trial:
    """A population and the policies it lives under."""

    name: str
    scenario: Scenario
    policies: dict[str, Policy]


def simulate(
    enterprises: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many accounts open.")],
    months: Annotated[int, typer.Option(min=1, max=120, help="Over how many months, all simulated.")],
    policy: PolicyFile = None,
    compare: Annotated[Path | None, typer.Option(help="A second policy file: the same population again.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another population.")] = 1,
    start: Annotated[str | None, typer.Option(help="First month, as 2027-01; the next one if not given.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many processes; the result is the same.")] = (
        os.cpu_count() or 1
    ),
    as_json_: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
) -> None:
    """Live an invented population in memory: messages, tasks, closings and the agents' load by month."""
    own = load_policies(load(alone=True).policies)
    scenario = _scenario(own, enterprises, months, seed, _first_month(start))
    trials = [Trial(policy.stem if policy else "own", scenario, _followed(own, policy))]
    if compare:
        trials.append(Trial(compare.stem, scenario, _followed(own, compare)))
    run(lambda: _simulate(trials, processes, as_json if as_json_ else show))


def _scenario(own: dict[str, Policy], enterprises: int, months: int, seed: int, start: date) -> Scenario:
    organisations = tuple(sorted(own))
    return Scenario(enterprises, months, start, organisations, own[organisations[0]].calendar, seed)


def _first_month(start: str | None) -> date:
    if start is None:
        return add_months(datetime.now(UTC).date().replace(day=1), 1)
    try:
        return date.fromisoformat(f"{start}-01")
    except ValueError:
        raise OperatorError("--start: write a month as 2027-01") from None


def _followed(own: dict[str, Policy], file: Path | None) -> dict[str, Policy]:
    """The policy of each organisation: its own, or the one of ``file`` under its name."""
    if file is None:
        return own
    national, text = _read(load(alone=True).policies / "national.toml"), _read(file)
    return {organisation: parse_policy(national, text, organisation) for organisation in own}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{file} cannot be read ({type(error).__name__}): give a policy file") from None


async def _simulate(trials: list[Trial], processes: int, report: Callable[[list[Outcome]], None]) -> None:
    outcomes = []
    with _progress(trials) as advance:
        for trial in trials:
            began = perf_counter()
            tally: Tally = Counter()
            async for part, lived in _lived(trial, processes):
                tally.update(part)
                advance(lived)
            outcomes.append(Outcome(trial.name, trial.scenario, trial.policies, tally, perf_counter() - began))
    report(outcomes)


@contextmanager
def _progress(trials: list[Trial]) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, so that stdout stays clean."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("enterprises", total=sum(trial.scenario.enterprises for trial in trials))
        yield lambda lived: progress.advance(bar, lived)


async def _lived(trial: Trial, processes: int) -> AsyncIterator[tuple[Tally, int]]:
    """What came of each chunk, as it is ready; sums do not depend on the order."""
    count, loop = trial.scenario.enterprises, asyncio.get_running_loop()
    chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    pool = ProcessPoolExecutor(
        min(processes, len(chunks)), mp_context=get_context("spawn"), initializer=_prepare, initargs=(trial,)
    )
    try:
        for done in asyncio.as_completed([loop.run_in_executor(pool, _live, chunk) for chunk in chunks]):
            yield await done
    finally:
        pool.shutdown(cancel_futures=True)


_trials: list[Trial] = []
"""The trial of this worker process."""


def _prepare(trial: Trial) -> None:
    signal(SIGINT, SIG_IGN)  # Ctrl-C reaches every process of the terminal; the parent is the one to stop.
    _trials[:] = [trial]


def _live(ranks: range) -> tuple[Tally, int]:
    [trial] = _trials
    return simulate_ranks(trial.scenario, Rulebook.of(trial.policies), ranks), len(ranks)
