"""``make chaos``: a storm over a portfolio, then the verdict; exit code 1 when a promise broke."""

from __future__ import annotations

import asyncio
import sys
from math import inf
from time import monotonic
from typing import Annotated

import typer

from tests.chaos.plan import FEW_MORNINGS, Plan, enterprises_for
from tests.chaos.running import Outcome, storm

ENTERPRISES = 150


def chaos(
    enterprises: Annotated[int | None, typer.Option(min=1, help="Enterprises that live through it.")] = None,
    sends: Annotated[int | None, typer.Option(min=1, help="Go on, year after year, until so many left.")] = None,
    mornings: Annotated[int | None, typer.Option(min=1, help="How often each wakes up.")] = None,
    minutes: Annotated[float | None, typer.Option(min=1, help="Begin no morning after that, then judge.")] = None,
    every: Annotated[float, typer.Option(min=0, help="Seconds from one fault to the next, on average.")] = 3.5,
    outage: Annotated[float, typer.Option(min=0, help="Seconds without PostgreSQL and Temporal, early on.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed is another storm.")] = 1,
) -> None:
    """Kill workers, API, PostgreSQL and Temporal at random while messages leave; prove that none is lost or doubled."""
    began = monotonic()

    def say(line: str) -> None:
        typer.echo(f"{monotonic() - began:5.0f} s  {line}")

    plan = Plan(
        enterprises=enterprises or (enterprises_for(sends) if sends else ENTERPRISES),
        seed=seed,
        mornings=mornings or (inf if sends else FEW_MORNINGS),
        sends=sends or inf,
        minutes=inf if minutes is None else minutes,
        every=every,
        outage=outage,
    )
    outcome = asyncio.run(storm(plan, say))
    _report(outcome)
    sys.exit(1 if outcome.verdict.wrong else 0)


def _report(outcome: Outcome) -> None:
    for end, number in sorted(outcome.verdict.ends.items()):
        typer.echo(f"  {number:6} {end}")
    faults, work, wrong = sum(outcome.toll.values()), outcome.work, outcome.verdict.wrong
    booked = len(work.appointments.booked)
    typer.echo(f"  {work.moved:6} mornings, {booked} slots booked, {work.left} letters left, {faults} faults")
    for line in wrong[:50]:
        typer.echo(f"  ✘ {line}", err=True)
    typer.echo(f"{len(wrong)} promises broken" if wrong else "nothing lost, nothing doubled")


if __name__ == "__main__":
    typer.run(chaos)
