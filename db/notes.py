"""What people wrote: reasons, notes, outcomes. Kept apart from the journey's state, which holds their ids only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.tables import notes

LATELY = timedelta(minutes=10)
"""How long a request may be on its way, sent again included; a journey remembers its answers for longer."""


async def keep(
    connection: AsyncConnection,
    *,
    siren: str,
    organisation: str,
    subject: str,
    author: str | None,
    text: str,
    note_id: UUID | None = None,
) -> str:
    """Store a text; return its id. Under a given ``note_id`` it is stored once, however often it is said."""
    note_id = note_id or uuid4()
    row = {
        "id": note_id,
        "siren": siren,
        "organisation": organisation,
        "subject": subject,
        "author": author,
        "text": text,
    }
    await connection.execute(insert(notes).values(row).on_conflict_do_nothing())
    return str(note_id)


async def forget(engine: AsyncEngine, note: str | None) -> None:
    """Take back what a refused request said, if anything; an older text was said when it was asked first, and stays.

    Organisations may not delete what was written: this is done for them.
    """
    if note is None:
        return
    async with engine.begin() as connection:
        await connection.execute(delete(notes).where(notes.c.id == UUID(note), notes.c.at > func.now() - LATELY))


async def read(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, str]:
    """Texts by id."""
    rows = (await connection.execute(select(notes).where(notes.c.id.in_([UUID(it) for it in ids])))).all()
    return {str(row.id): row.text for row in rows}


async def of_journey(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """All that was written about an enterprise, newest first."""
    return (await connection.execute(select(notes).where(notes.c.siren == siren).order_by(notes.c.at.desc()))).all()
