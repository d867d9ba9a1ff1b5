"""What somebody writes in a form: cleaned, then kept apart under an id (COM-7)."""

from __future__ import annotations

from uuid import UUID

from starlette.datastructures import FormData

from db import notes
from db.notes import Kept
from domain.texts import mended_lines
from web.desk import Desk
from web.portal.visit import Visit

LONGEST = 2000
TOO_LONG = f"Raccourcissez ce texte à {LONGEST} caractères."


def written(form: FormData, name: str) -> str:
    """The text of a field, its lines ended as ours are, without the control characters that a paste brings."""
    return mended_lines(str(form.get(name) or ""))


async def keep(desk: Desk, visit: Visit, subject: str, text: str, *parts: object) -> Kept | None:
    """Store what the enterprise wrote about ``subject``, once for the same link and ``parts``."""
    if not text:
        return None
    async with desk.engine.begin() as connection:
        return await notes.keep(
            connection,
            siren=visit.link.siren,
            organisation=visit.journey.organisation,
            subject=subject,
            author=str(visit.author),
            text=text,
            operation=UUID(visit.key("note", *parts)),
        )
