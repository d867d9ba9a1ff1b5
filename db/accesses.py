"""Who opened an enterprise's file, who decided what: lines that are only ever added."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import accesses


@dataclass(frozen=True)
class Access:
    """One line; ``author`` is an account or a role, ``subject`` the id of what was decided upon."""

    organisation: str
    author: str
    role: str
    action: str
    siren: str | None = None
    subject: str | None = None


async def note(connection: AsyncConnection, access: Access) -> None:
    """Add a line."""
    await connection.execute(insert(accesses).values(**vars(access)))
