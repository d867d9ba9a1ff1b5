"""docs/performance.md, written from the results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.page import sentence

HEAD = """# Performance

Written by `make bench` from `benchmarks/results/latest.json`: do not edit. Everything ran on one machine,
contenders in alternation; figures are medians, and ratios hold better than figures. `benchmarks/results/latest.html`
shows the same with plots. The other processes of the machine are not stopped: run it again before you rely on it.
"""

MISSES = """## Where the cost goes, and what the missed goals ask for

Seen with `py-spy` on the worker and the API and `cProfile` on the rules, not in the results above.

- **A reminder's CPU.** A step is one transaction of three statements, a delivery two of three (take the letters of the
  order, keep their outcomes), held by a test; the loop runs outside the SDK's sandbox, in which the stored histories
  are replayed. One pair of runs with the bare SDK before and one after, 100 journeys: from 2.3 to 1.6 × its CPU (87 to
  37 ms, of which the worker 54 to 20 and PostgreSQL 12 to 3), from 0.57 to 0.69 × its rate. What is left above it is
  what the bare SDK does not do: exchanges with PostgreSQL (a third of the worker's CPU), the letter written from its
  template (a fifth), the rules (a twentieth).
- **Enrolments** no longer wait for one another: the referent is chosen from the loads last committed, and only the
  chosen agent's is locked, at the very end of the step. Two made at once may choose the same agent; the next choice
  corrects it.
- **Events one by one** share a transaction with those that come while the one before runs: from 5.9 to 1.2 ms of CPU
  each, and from a quarter of the rate of bare signals to nine tenths. What is left is the HTTP framework and its
  middleware (two thirds), the check of the schema (a quarter at most) and a tenth for PostgreSQL. Twice the rate of
  signals asks for batches, or for more processes than two cores can feed.
- **One journey read** takes one exchange with the database, and one more to note who read it, by connections that stay
  under row-level security: from 4.0 to 1.7 ms of the API's CPU, in alternation. A twentieth of a query is 0.35 ms: less
  than SQLAlchemy, the decoding of the state (0.1 ms) and an exchange take together; over HTTP the framework alone
  costs more than that.
- **The simulator** makes ninety passes over all families of rules for a life of 36 months, at 0.15 ms: 14 ms of CPU a
  life, from 22 in alternation. Letters ahead and things done are no longer written at every pass. The goal leaves 1 ms
  a life and core, 11 microseconds a pass: out of reach of this shape in Python. To do: remember what families owe
  whose part of the state did not change between two passes; a factor of two or three, not of fourteen.
"""


def render(results: Mapping[str, Any]) -> str:
    """The whole document."""
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    parts = [HEAD, f"Measured {results['at']}: {machine}.\n", _goals(results)]
    return "\n".join([*parts, MISSES, *(_section(section) for section in results["sections"])])


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
