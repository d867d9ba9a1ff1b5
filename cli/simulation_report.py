"""What a simulation came to: tables and bars for people, JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import typer
from rich.bar import Bar
from rich.console import Console
from rich.table import Table

from domain.parameters import shown
from domain.policy import Policy, difference
from domain.population import Scenario
from domain.simulation import Tally
from domain.workload import MINUTES, OTHER_MINUTES, Load, workload

FAMILIES = {
    "journey": "Journeys",
    "message": "Messages by rule and channel",
    "dropped": "Messages that had no channel",
    "task": "Tasks by kind",
    "offer": "Appointments offered by kind",
    "appointment": "Appointments taken by kind",
    "decision": "Decisions",
    "closing": "Closings by reason",
}
BAR_WIDTH = 40


@dataclass(frozen=True)
class Outcome:
    """What one policy gave; ``seconds`` is how long the run took, elapsed."""

    name: str
    scenario: Scenario
    policies: dict[str, Policy]
    tally: Tally
    seconds: float

    @cached_property
    def loads(self) -> dict[tuple[str, str], Load]:
        """The agents' work by month and organisation."""
        return workload(self.tally)

    @property
    def speed(self) -> int:
        """Enterprise-months simulated in a second, counting those from each opening to the end."""
        return round(self.scenario.enterprises * self.scenario.months / 2 / self.seconds)

    def totals(self, family: str) -> Counter[str]:
        """Counts of a family over all months and organisations, by name."""
        found: Counter[str] = Counter()
        for cell, count in self.tally.items():
            if cell.family == family:
                found[cell.name] += count
        return found

    def monthly(self, family: str) -> Counter[tuple[str, str]]:
        """Counts of a family by month and organisation."""
        found: Counter[tuple[str, str]] = Counter()
        for cell, count in self.tally.items():
            if cell.family == family:
                found[cell.month, cell.organisation] += count
        return found


def as_json(outcomes: Sequence[Outcome]) -> None:
    """Everything counted, one JSON document on stdout."""
    document = {
        "assumptions": _assumptions(outcomes[0].scenario),
        "policies": [{"name": it.name, "cells": _cells(it), "capacity": _capacity(it)} for it in outcomes],
        "differences": _differences(*outcomes) if len(outcomes) > 1 else None,
    }
    typer.echo(json.dumps(document, ensure_ascii=False))


def _assumptions(scenario: Scenario) -> dict[str, Any]:
    return {
        "enterprises": scenario.enterprises,
        "months": scenario.months,
        "start": scenario.start.isoformat(),
        "seed": scenario.seed,
        "habits": asdict(scenario.habits),
        "minutes": MINUTES | {"other": OTHER_MINUTES},
    }


def _cells(outcome: Outcome) -> list[dict[str, Any]]:
    return [{**cell._asdict(), "count": count} for cell, count in sorted(outcome.tally.items())]


def _capacity(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {"month": month, "organisation": organisation, **asdict(load), "hours": load.hours}
        for (month, organisation), load in outcome.loads.items()
    ]


def _differences(first: Outcome, second: Outcome) -> dict[str, Any]:
    return {
        "parameters": [
            {"organisation": organisation, "parameter": name, "rule": rule, "from": shown(a), "to": shown(b)}
            for organisation, policy in first.policies.items()
            for name, rule, a, b in difference(policy, second.policies[organisation])
        ],
        "counts": [
            {"family": family, "name": name, "from": before, "to": after}
            for family in FAMILIES
            for name, before, after in _changed(first.totals(family), second.totals(family))
        ],
        "hours": {"from": _total(first).hours, "to": _total(second).hours},
    }


def _changed(before: Counter[str], after: Counter[str]) -> Iterable[tuple[str, int, int]]:
    return ((it, before[it], after[it]) for it in sorted(before | after) if before[it] != after[it])


def _total(outcome: Outcome) -> Load:
    return sum(outcome.loads.values(), Load())


def show(outcomes: Sequence[Outcome]) -> None:
    """Tables and bars in the terminal."""
    console = Console()
    for outcome in outcomes:
        console.rule(f"policy: {outcome.name}")
        for table in (*_totals(outcome), *_charts(outcome), _capacity_table(outcome)):
            console.print(table)
        console.print(f"{outcome.seconds:.1f} s, about {outcome.speed} enterprise-months a second")
    if len(outcomes) > 1:
        _show_differences(console, _differences(*outcomes))
    console.print(f"Assumed: {json.dumps(_assumptions(outcomes[0].scenario))}", highlight=False)


def _totals(outcome: Outcome) -> Iterable[Table]:
    for family, title in FAMILIES.items():
        if counts := outcome.totals(family):
            table = _table(title, "what", "count")
            for name, count in sorted(counts.items()):
                table.add_row(name, f"{count}")
            yield table


def _charts(outcome: Outcome) -> Iterable[Table]:
    for family in ("message", "task", "closing"):
        counts = outcome.monthly(family)
        if not counts:
            continue
        most = max(counts.values())
        table = _table(f"{FAMILIES[family].split()[0]} by month", "month", "organisation", "count", "")
        for (month, organisation), count in sorted(counts.items()):
            table.add_row(month, organisation, f"{count}", Bar(most, 0, count, width=BAR_WIDTH))
        yield table


def _capacity_table(outcome: Outcome) -> Table:
    columns = ("month", "organisation", "calls", "appointments", "plan decisions", "agent hours")
    table = _table("Capacity", *columns)
    for (month, organisation), it in outcome.loads.items():
        table.add_row(month, organisation, *map(str, (it.calls, it.appointments, it.plan_decisions, it.hours)))
    minutes = ", ".join(f"{kind} {minutes}" for kind, minutes in MINUTES.items())
    table.caption = f"minutes for each: {minutes}, any other task {OTHER_MINUTES}"
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", min_width=len(title) + 2)
    for column in columns:
        table.add_column(column, justify="right" if column not in ("what", "month", "organisation", "") else "left")
    return table


def _show_differences(console: Console, differences: dict[str, Any]) -> None:
    parameters = _table("Parameters that differ", "organisation", "what", "from", "to")
    for it in differences["parameters"]:
        parameters.add_row(it["organisation"], f"{it['parameter']} ({it['rule']})", it["from"], it["to"])
    counts = _table("What it changes", "what", "from", "to", "difference")
    for it in differences["counts"]:
        counts.add_row(f"{it['family']}: {it['name']}", f"{it['from']}", f"{it['to']}", f"{it['to'] - it['from']:+}")
    hours = differences["hours"]
    counts.add_row("agent hours", f"{hours['from']}", f"{hours['to']}", f"{hours['to'] - hours['from']:+.1f}")
    console.print(parameters, counts)
