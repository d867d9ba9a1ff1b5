"""Who opened an enterprise's file, who decided what: lines that are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import accesses, cases, tasks


@dataclass(frozen=True)
class Access:
    """One line; ``author`` is an account or a role, ``subject`` the id of what was opened or decided upon."""

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
    values: dict[str, Any] = vars(access)
    if access.siren is None and access.subject:
        values = {**values, "siren": _enterprise_of(access.subject)}
    await connection.execute(insert(accesses).values(values))


def _enterprise_of(subject: str) -> ScalarSelect[str]:
    """Whose task or case an id names, if it names one."""
    try:
        return select(tasks.c.siren).where(tasks.c.id == UUID(subject)).scalar_subquery()
    except ValueError:
        return select(cases.c.siren).where(cases.c.id == subject).scalar_subquery()
