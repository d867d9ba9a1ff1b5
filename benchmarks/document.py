"""docs/performance.md, written from the results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.page import sentence

HEAD = """# Performance

Written by `make bench` from `benchmarks/results/latest.json`: do not edit. Everything ran on one machine, contenders
in alternation, with a worker for each core; figures are medians, and ratios hold better than figures.
`benchmarks/results/latest.html` shows the same with plots. The other processes of the machine are not stopped: run it
again before you rely on it.
"""

MISSES = """## Where the cost goes, and what the missed goals ask for

Seen with `py-spy` on the worker and the API and `cProfile` on the rules, not in the results above.

- **A reminder** is one workflow task: its step delivers the letters, and steps and deliveries of one moment share
  their transactions (ADR 11). Temporal's part is less than half of the bare SDK's, PostgreSQL's 2 ms; the workers write
  the letters from their templates (a quarter of their time, half of that for the Markdown of the mail), run the rules
  (a twentieth) and keep the ledger (a tenth). `dbos` and the queues cost less for they promise less, and run no rule.
  The floor is measured too: one local activity that sends both letters, with no rule and no ledger, takes 0.58 × `dbos`
  (13.4 ms); the words of the SMS and the mail 2.3 ms more, the ledger's transactions 2 ms in PostgreSQL: 0.76 before a
  rule is asked or a fact read. The goal, 0.7, is out of reach with this engine; of the 9.7 ms above that floor, most is
  Python around the transactions.
- **The rate of reminders** falls due at one instant here. Opened letters wait for a turn that is a tenth of a second
  ahead, a second at most when turns were missed: with 40 journeys that wait is most of what is measured (0.66 to 1.25
  × the bare SDK from run to run), so that a month now has 100.
- **The morning of J-3** with 20,000 journeys (`--only morning --dawn 20000 --due 21`, 22 minutes, on 24 November)
  keeps up on these two cores at ten times the average, below: p95 3.5 s, p99 9.3 s, and never more than 48 letters in a
  second where 50 are allowed. Of 20,002 deliveries 354 missed their turn, the worker having been kept from running, and
  took another; when they left all the same, p95 was 1.6 s and the busiest second held 92. At 30 a second, fourteen
  times the average, an earlier version fell behind: p95 148 s; what waited for its turn went by the queue, which costs
  twice as much, and the backlog fed itself.
- **Storms** (`make chaos`) are not timed. One of 92,600 letters, with ten minutes without PostgreSQL and Temporal, then
  350 kills and 980 faults of the providers, ended with 140 enterprises whose letters had stayed behind: two steps
  taken in one workflow task, both lost with it, and the first one's letters forgotten when it was taken again. Since
  that was mended, one of 100,369 letters (`--sends 100000 --every 40 --minutes 80 --outage 600 --seed 7`, 71 minutes),
  with the same ten minutes, 88 kills of workers, API, PostgreSQL and Temporal and 327 faults of the providers; one of
  92,430 (`--sends 100000 --every 20 --minutes 98 --outage 600 --seed 3`), with 256 kills and 792 faults, ended by its
  minutes; and three smaller, the last since missed turns are taken again (`--sends 100000 --every 15 --minutes 14
  --outage 60 --seed 11`, 7,851 letters, 238 faults): in all of them nothing lost, nothing doubled.
- **Enrolments** choose a referent from the loads last committed; only the chosen agent's is locked, at the very end
  of the step. They are taken one by one, with two letters each of which one opens a page of slots: twice the bare
  SDK.
- **Events one by one** share a transaction with those that come while the one before runs. In alternation, from 1.0
  to 0.6 ms of the API's CPU each: one dependency for the caller instead of four, a garbage collector that collects
  less, shorter work for the log line, head and body in one packet, two exchanges with the database instead of four.
  The sender is no client library either: bytes made beforehand, every answer read and checked. uvloop brought
  nothing.
- **One journey read** is one statement, sent by asyncpg itself on a connection that stays open (ADR 12): it reads under
  row-level security and notes who reads. Of 0.25 ms, 0.1 are one row with nothing decoded, 0.1 the other columns and
  the audit line, 0.03 the decoding of what is shown, the rest Python between them. Over HTTP, authenticated, checked
  and logged, it takes five times as long; an answer with nothing read takes half of that, eleven times as fast as a
  query at best: twenty times are out of reach of HTTP in this process.
- **The simulator** lives each enterprise by itself: 4,983 of 5,000 invented lives are distinct even when instants are
  cut to the day, so that sharing whole lives would save nothing. Each pass asks every family of rules: since a duty is
  one act (ADR 16), 12.0 ms a life of 36 months where a view that noted what each family had read took 9.6. The floor is
  in the table, measured before that change: the same enterprises invented and their facts taken in, with no rule asked
  at all, stay under the goal on two cores.
- **Growth** to 102,000 open journeys (`--only growth --asleep 102000`, 66 minutes, the machine at work on other things
  meanwhile) is flat in memory once the worker's cache is full, and 33 kB of disk a journey.
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
