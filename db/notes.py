"""What people wrote: reasons, notes, outcomes. Kept apart from the journey's state, which holds their ids only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.tables import notes


@dataclass(frozen=True)
class Kept:
    """A text under its id; ``new`` when this very request wrote it, and it was not there before."""

    id: str
    new: bool


async def keep(
    connection: AsyncConnection,
    *,
    siren: str,
    organisation: str,
    subject: str,
    author: str | None,
    text: str,
    operation: UUID | None = None,
) -> Kept:
    """Store a text, once for the same ``operation`` however often it is said.

    The operation is what a caller chose: the id is drawn from all that the note is about, and from nothing else.
    """
    whole = (organisation, siren, subject, author or "", str(operation or uuid4()), text)
    row = {
        "id": uuid5(NAMESPACE_URL, "\n".join(("note", *whole))),
        "siren": siren,
        "organisation": organisation,
        "subject": subject,
        "author": author,
        "text": text,
    }
    written = await connection.execute(insert(notes).values(row).on_conflict_do_nothing())
    return Kept(str(row["id"]), written.rowcount == 1)


async def forget(engine: AsyncEngine, note: Kept | None) -> None:
    """Take back what a refused request wrote, if anything; what was there before it stays.

    Organisations may not delete what was written: this is done for them.
    """
    if note is None or not note.new:
        return
    async with engine.begin() as connection:
        await connection.execute(delete(notes).where(notes.c.id == UUID(note.id)))


async def read(connection: AsyncConnection, siren: str, ids: Sequence[str]) -> dict[str, str]:
    """Texts about an enterprise by id: an id that names a text about another one is not known."""
    theirs = (notes.c.siren == siren) & notes.c.id.in_([UUID(it) for it in ids])
    rows = (await connection.execute(select(notes).where(theirs))).all()
    return {str(row.id): row.text for row in rows}


async def of_journey(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """All that was written about an enterprise, newest first."""
    return (await connection.execute(select(notes).where(notes.c.siren == siren).order_by(notes.c.at.desc()))).all()
