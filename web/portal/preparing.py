"""What the enterprise says to have its appointment prepared: the contracts it signs, its questions (ENR-6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from db.notes import Kept
from domain.requests import Ask
from domain.rules.appointments import CONTRACTS
from web.desk import Desk
from web.portal.texts import LONGEST, keep, written
from web.portal.visit import Visit


@dataclass(frozen=True)
class Said:
    """What was filled in; ``contracts`` are keys of ``CONTRACTS``."""

    contracts: tuple[str, ...] = ()
    questions: str = field(default="", repr=False)

    @property
    def is_too_long(self) -> bool:
        """To be shortened before anything is asked."""
        return len(self.questions) > LONGEST


def said_in(form: FormData) -> Said:
    """What a form says."""
    chosen = form.getlist("contrat")
    return Said(tuple(name for name in CONTRACTS if name in chosen), written(form, "questions"))


async def told(desk: Desk, visit: Visit, said: Said, *parts: object) -> tuple[dict[str, Any], Kept | None]:
    """What the journey is told of it; the questions are kept as a note."""
    contracts = {"contracts": list(said.contracts)} if said.contracts else {}
    note = await keep(desk, visit, f"{Ask.BOOK}:{visit.link.subject}", said.questions, *parts)
    return {**contracts, "note": note.id} if note else contracts, note
