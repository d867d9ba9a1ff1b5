"""Who opened an enterprise's file, who decided what: lines that are only ever added."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select
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


async def note(connection: AsyncConnection, access: Access, *, at_once: bool = True) -> None:
    """Add a line; unless ``at_once`` it reaches the disk within a second, and nobody waits for it."""
    if not at_once:
        await connection.execute(select(func.set_config("synchronous_commit", "off", True)))
    await connection.execute(insert(accesses).values(**vars(access)))
