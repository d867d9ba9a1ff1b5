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

- **A reminder's CPU and rate.** Letters leave by three short transactions each (take, about to leave, outcome), after a
  step of its own: eight transactions and some eighty statements for a reminder, where the bare SDK has none. A third
  of these exchanges were the pool's ping before each transaction, since replaced by a look at the socket. To
  do: take the letters of one order in one transaction and keep their outcomes in one other; write a step's rows in
  one statement; run the loop outside the sandbox (0.7 to 0.86 of the CPU, measured apart).
- **Enrolments** of one organisation wait for one another: the trained agents stay locked from the choice of the
  referent to the commit, and steps that wait for them hold the connections that deliveries need. To do: choose without
  a lock (loads are corrected by the next choice) or lock in a statement at the very end of the step.
- **Events one by one** cost 4 to 5 ms of CPU each: in the API, 44 % in the transaction of the one event, the rest
  in the HTTP framework and its middleware. To do: gather what arrives within a few milliseconds and store it in one
  transaction, answering each once it is committed; batches, at a tenth of a millisecond an event, show the room.
- **One journey read**: a query of a cached workflow takes 6 to 7 ms on this machine; a twentieth of it is less than one
  exchange through a pooled connection (ping, begin, select, rollback) and far less than an HTTP request. Reading
  in one exchange would come nearer (not tried); over HTTP the framework alone costs more than that twentieth.
- **The simulator** evaluates every family of rules at every step of a life, some fifty steps of 0.6 ms. The
  goal leaves 20 microseconds a step: out of reach of this shape in Python. To do: skip families that cannot be due by
  their next instant, and compute the next wake once a step; that is a factor of a few, not of a hundred.
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
