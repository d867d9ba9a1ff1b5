"""Who opened an enterprise's file, who decided what: lines that are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, func, insert, select
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


_NOTE = insert(accesses)


async def note(connection: AsyncConnection, access: Access, *, at_once: bool = True) -> None:
    """Add a line; unless ``at_once`` it reaches the disk within a second, and nobody waits for it."""
    if not at_once:
        await connection.execute(select(func.set_config("synchronous_commit", "off", True)))
    if access.siren is None and access.subject:
        await connection.execute(_NOTE.values({**vars(access), "siren": _enterprise_of(access.subject)}))
    else:
        await connection.execute(_NOTE, vars(access))


async def page(
    connection: AsyncConnection, organisation: str, siren: str | None, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """At most ``limit`` lines of an organisation older than the line ``before``, newest first."""
    query = select(accesses).where(accesses.c.organisation == organisation)
    query = query.where(accesses.c.siren == siren) if siren else query
    query = query.where(accesses.c.id < before) if before else query
    return (await connection.execute(query.order_by(accesses.c.id.desc()).limit(limit))).all()


def _enterprise_of(subject: str) -> ScalarSelect[str]:
    """Whose task or case an id names, if it names one."""
    try:
        return select(tasks.c.siren).where(tasks.c.id == UUID(subject)).scalar_subquery()
    except ValueError:
        return select(cases.c.siren).where(cases.c.id == subject).scalar_subquery()
