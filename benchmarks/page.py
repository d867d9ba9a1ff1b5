"""One HTML page from the results, plots drawn as SVG, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

WIDTH, BAR, GAP, LABEL = 720, 20, 8, 260
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } caption { text-align: left; font-weight: 600 }
th, td { padding: .2rem .8rem; border-bottom: 1px solid #ccc; text-align: left } td.number { text-align: right }
.met { color: #146c2e } .missed { color: #a3140a } svg { max-width: 100% }
"""


def render(results: Mapping[str, Any]) -> str:
    """The whole page."""
    sections = "".join(_section(section) for section in results["sections"])
    about = ", ".join(f"{escape(name)} {escape(str(value))}" for name, value in results["machine"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Parcours, measured</title><style>{STYLE}</style>'
        f"<h1>Parcours, measured</h1><p>{escape(results['at'])}: {about}</p>{sections}</html>\n"
    )


def _section(section: Mapping[str, Any]) -> str:
    goals = "".join(f'<li class="{_verdict(goal)}">{escape(sentence(goal))}</li>' for goal in section["goals"])
    notes = "".join(f"<p>{escape(note)}</p>" for note in section["notes"])
    tables = "".join(_table(table) for table in section["tables"])
    return f"<h2>{escape(section['title'])}</h2><ul>{goals}</ul>{tables}{notes}"


def sentence(goal: Mapping[str, Any]) -> str:
    """A goal, what was measured and whether it is met."""
    sign = "≥" if goal["at_least"] else "≤"
    return f"{goal['text']}: {goal['measured']:.3g} (goal {sign} {goal['bound']:g}), {_verdict(goal)}"


def _verdict(goal: Mapping[str, Any]) -> str:
    return "met" if goal["met"] else "missed"


def _table(table: Mapping[str, Any]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table["columns"])
    rows = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in table["rows"])
    plot = _plot(table) if table["plot"] else ""
    return f"<table><caption>{escape(table['title'])}</caption><tr>{head}</tr>{rows}</table>{plot}"


def _cell(value: object) -> str:
    kind = ' class="number"' if isinstance(value, int | float) else ""
    return f"<td{kind}>{escape(str(value))}</td>"


def _plot(table: Mapping[str, Any]) -> str:
    column = table["columns"].index(table["plot"])
    bars = [(_label(row, column), float(row[column])) for row in table["rows"]]
    most = max((value for _, value in bars), default=0) or 1
    drawn = "".join(_bar(rank, label, value, value / most) for rank, (label, value) in enumerate(bars))
    height = len(bars) * (BAR + GAP)
    title = escape(f"{table['title']}: {table['plot']}")
    return f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"><title>{title}</title>{drawn}</svg>'


def _label(row: Sequence[object], column: int) -> str:
    """The words before the plotted number, and a size when it stands beside them."""
    return " · ".join(_words(row[:column]))[:36]


def _words(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values if isinstance(value, str) or (isinstance(value, int) and value >= 100)]


def _bar(rank: int, label: str, value: float, share: float) -> str:
    y, length = rank * (BAR + GAP), share * (WIDTH - LABEL - 80)
    return (
        f'<text x="0" y="{y + 15}" font-size="13">{escape(label)}</text>'
        f'<rect x="{LABEL}" y="{y}" width="{length:.0f}" height="{BAR}" fill="#3558a2"/>'
        f'<text x="{LABEL + length + 6:.0f}" y="{y + 15}" font-size="13">{value:g}</text>'
    )
