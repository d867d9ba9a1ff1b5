"""``make chaos``: a storm over a portfolio, then the verdict; exit code 1 when a promise broke."""

from __future__ import annotations

import asyncio
import sys
from time import monotonic
from typing import Annotated

import typer

from tests.chaos.running import Outcome, storm


def chaos(
    enterprises: Annotated[int, typer.Option(min=1, help="Enterprises that live through it.")] = 150,
    seed: Annotated[int, typer.Option(help="Another seed is another storm.")] = 1,
    outage: Annotated[float, typer.Option(min=0, help="Seconds without PostgreSQL and Temporal, early on.")] = 20,
) -> None:
    """Kill workers, API, PostgreSQL and Temporal at random while messages leave; prove that none is lost or doubled."""
    began = monotonic()

    def say(line: str) -> None:
        typer.echo(f"{monotonic() - began:5.0f} s  {line}")

    outcome = asyncio.run(storm(enterprises, seed, say, outage))
    _report(outcome)
    sys.exit(1 if outcome.verdict.wrong else 0)


def _report(outcome: Outcome) -> None:
    for end, number in sorted(outcome.verdict.ends.items()):
        typer.echo(f"  {number:6} {end}")
    faults, wrong = sum(outcome.toll.values()), outcome.verdict.wrong
    typer.echo(f"  {outcome.moved:6} mornings of reminders, {outcome.booked} slots booked, {faults} faults")
    for line in wrong[:50]:
        typer.echo(f"  ✘ {line}", err=True)
    typer.echo(f"{len(wrong)} promises broken" if wrong else "nothing lost, nothing doubled")


if __name__ == "__main__":
    typer.run(chaos)
