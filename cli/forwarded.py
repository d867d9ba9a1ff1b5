"""What happened to one enterprise while its clock was moved on, in French and without anybody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from activities.explaining import Dossier
from db.forwarded import Standing
from domain.cases import IncidentStatus
from domain.messages import FAILED, LEFT

CHANNELS = {"mail": "mail", "sms": "SMS"}
INCIDENTS = {
    IncidentStatus.OPEN: "ouvert",
    IncidentStatus.PAID: "payé",
    IncidentStatus.CANCELLED: "annulé",
    IncidentStatus.PLANNED: "sous échéancier",
    IncidentStatus.HANDED_OVER: "transmis au recouvrement",
}
AHEAD = 5
"""Dates to come that are told."""


def happened(before: Standing, after: Standing, dossier: Dossier) -> list[str]:
    """Letters by kind, tasks, incidents, promises, and the next dates; « rien » where nothing happened."""
    moved = _changed(before.messages, after.messages, "status")
    promises = [it for it in _settled(after.promises) if it not in _settled(before.promises)]
    return [
        *_section("Lettres parties", _letters(it for it in moved if it.status in LEFT)),
        *_section("Lettres qui ne sont pas parties", _unsent(it for it in moved if it.status in FAILED)),
        *_section("Tâches ouvertes", _tasks(dossier, _new(before.tasks, after.tasks))),
        *_section("Incidents", _incidents(_changed(before.cases, after.cases, "status"))),
        *_section("Promesses", _promises(promises)),
        *_section("Prochaines dates", _next(dossier)),
    ]


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    yield f"{title} : {'' if found else 'aucune' if title != 'Incidents' else 'aucun'}".rstrip()
    yield from (f"  {line}" for line in found)


def _new(before: Mapping[Any, Row[Any]], after: Mapping[Any, Row[Any]]) -> list[Row[Any]]:
    return [row for key, row in after.items() if key not in before]


def _changed(before: Mapping[Any, Row[Any]], after: Mapping[Any, Row[Any]], name: str) -> list[Row[Any]]:
    """The rows that are new, or of which this column is another now."""
    return [row for key, row in after.items() if key not in before or getattr(row, name) != getattr(before[key], name)]


def _settled(promises: Mapping[Any, Row[Any]]) -> list[tuple[Any, str, str, str]]:
    """Promises kept or missed: one that was missed stays so, whenever it is kept after."""
    return [
        (key, it.kind, it.rule, "manquée" if it.breached_at else "tenue")
        for key, it in promises.items()
        if it.met_at or it.breached_at
    ]


def _letters(rows: Iterator[Row[Any]]) -> Iterator[str]:
    counted = Counter((it.rule, it.template, it.channel, it.recipient) for it in rows)
    for (rule, template, channel, recipient), many in sorted(counted.items()):
        to = ", copie à l'expert-comptable" if recipient == "accountant" else ""
        yield f"{many} × {template} par {CHANNELS[channel]}{to} ({rule})"


def _unsent(rows: Iterator[Row[Any]]) -> Iterator[str]:
    for row in rows:
        yield f"{row.template} par {CHANNELS[row.channel]} ({row.rule}) : {row.reason or row.status}"


def _tasks(dossier: Dossier, rows: Sequence[Row[Any]]) -> Iterator[str]:
    for row in sorted(rows, key=lambda it: it.opened_at):
        done = {"done": ", faite", "cancelled": ", devenue inutile"}.get(row.status, "")
        yield f"{row.summary} ({row.rule}), pour le {dossier.when(row.due_at)}{done}"


def _incidents(rows: Sequence[Row[Any]]) -> Iterator[str]:
    for row in rows:
        if row.family == "incident":
            yield f"{row.id} : {INCIDENTS.get(IncidentStatus(row.status), row.status)}"


def _promises(settled: Sequence[tuple[Any, str, str, str]]) -> Iterator[str]:
    for (kind, rule, how), many in sorted(Counter(it[1:] for it in settled).items()):
        yield f"{many} × {kind} {how} ({rule})"


def _next(dossier: Dossier) -> Iterator[str]:
    for it in dossier.upcoming[:AHEAD]:
        yield f"{dossier.when(it.at)}  {it.effect.summary} ({it.effect.rule})"
