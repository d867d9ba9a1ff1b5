"""docs/performance.md, written from the results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.page import sentence

HEAD = """# Performance

Written by `make bench` from `benchmarks/results/latest.json`: do not edit. Everything ran on one machine in one run,
contenders in alternation; figures are medians, and ratios hold better than figures. `benchmarks/results/latest.html`
shows the same with plots. The other processes of the machine are not stopped: run it again before you rely on it.
"""


def render(results: Mapping[str, Any]) -> str:
    """The whole document."""
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    parts = [HEAD, f"Measured {results['at']}: {machine}.\n", _goals(results)]
    return "\n".join([*parts, *(_section(section) for section in results["sections"])])


def _goals(results: Mapping[str, Any]) -> str:
    lines = [f"- {sentence(goal)}" for section in results["sections"] for goal in section["goals"]]
    return "\n".join(["## Goals", "", *lines, ""])


def _section(section: Mapping[str, Any]) -> str:
    tables = [_table(table) for table in section["tables"]]
    return "\n".join([f"## {section['title']}", "", *tables, *(f"{note}\n" for note in section["notes"])])


def _table(table: Mapping[str, Any]) -> str:
    lines = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
    body = "\n".join(f"| {' | '.join(str(value) for value in line)} |" for line in lines)
    return f"**{table['title']}**\n\n{body}\n"
