"""What happened to an enterprise, newest first: each line with its rule, its letters and their receipts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from db import reading

BRIEF = 25
KINDS = {
    "event": "Fait reçu",
    "message": "Message",
    "task": "Tâche",
    "skipped": "Non envoyé",
    "decision": "Décision",
    "incident": "Incident",
    "appointment": "Rendez-vous",
    "commitment": "Engagement",
    "request": "Demande",
    "phase": "Parcours",
    "referent": "Conseiller",
    "published": "Signalé",
    "policy": "Politique",
    "transfer": "Transfert",
}


@dataclass(frozen=True)
class Letter:
    """A message with what its provider said of it."""

    row: Row[Any] = field(repr=False)
    receipts: Sequence[Row[Any]]


@dataclass(frozen=True)
class Line:
    """One line of the timeline and the letters it wrote."""

    at: datetime
    kind: str
    rule: str
    summary: str
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True)
class History:
    """The lines shown, newest first, and how many there are in all."""

    lines: Sequence[Line]
    total: int


async def history(connection: AsyncConnection, siren: str, *, whole: bool) -> History:
    """All of it, or the newest lines."""
    rows = await reading.timeline_of(connection, siren)
    letters = await reading.messages_of(connection, siren)
    receipts = await reading.receipts_of(connection, siren)
    found = sorted(_lines(rows, letters, receipts), key=lambda it: it.at)[::-1]
    return History(found if whole else found[:BRIEF], len(found))


def _lines(
    rows: Sequence[Row[Any]], letters: Sequence[Row[Any]], receipts: dict[UUID, list[Row[Any]]]
) -> Iterator[Line]:
    waiting = {it.id: Letter(it, receipts.get(it.id, [])) for it in letters}
    decided: dict[tuple[datetime, str], list[UUID]] = {}
    for it in letters:
        decided.setdefault((it.queued_at, it.rule), []).append(it.id)
    for row in rows:
        mine = decided.pop((row.at, row.rule), []) if row.kind == "message" else []
        written = tuple(waiting.pop(id_) for id_ in mine)
        yield Line(row.at, KINDS.get(row.kind, "Noté"), row.rule, row.summary, written)
    for letter in waiting.values():
        yield Line(letter.row.queued_at, "Message", letter.row.rule, "Envoyé par l'autre canal", (letter,))
