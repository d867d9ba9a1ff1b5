"""The trail: who opened, asked for, decided or tried what. Lines that are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, String, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import accesses, cases, journeys, meetings, newsletters, subscriptions, tasks

DONE = "done"
OUTCOMES = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict"}
"""What came of an attempt that was not carried out, by the status of its answer."""

NOBODY = ""
"""The organisation of what was tried by nobody known, on nothing of anybody's."""


@dataclass(frozen=True)
class Access:
    """One line; ``author`` is an account or a token's name, ``client`` the OAuth client that spoke for it.

    ``subject`` is the id of what was opened or decided upon, ``asked`` what a list was narrowed to, ``shown`` how many
    lines it had; ``times`` how many attempts the line stands for.
    """

    organisation: str
    author: str
    role: str
    action: str
    siren: str | None = None
    subject: str | None = None
    client: str | None = None
    outcome: str = DONE
    asked: str | None = None
    shown: int | None = None
    times: int = 1
    author_organisation: str | None = None
    """Where the author belongs, when the line stands in the trail of somebody else."""


@dataclass(frozen=True)
class Filters:
    """What the trail is narrowed to; ``action`` is the beginning of one."""

    siren: str | None = None
    author: str | None = None
    action: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_NOTE = insert(accesses)


async def note(connection: AsyncConnection, access: Access, *, at_once: bool = True) -> None:
    """Add a line; unless ``at_once`` it reaches the disk within a second, and nobody waits for it."""
    if not at_once:
        await connection.execute(select(func.set_config("synchronous_commit", "off", True)))
    if access.siren is None and access.subject:
        await connection.execute(_NOTE.values({**vars(access), "siren": _enterprise_of(access.subject)}))
    else:
        await connection.execute(_NOTE, vars(access))


async def note_refusal(connection: AsyncConnection, access: Access) -> None:
    """Add a line for who tried, and one for whose it is: each organisation knows who knocked at its files."""
    siren, holder = await _holder_of(connection, access)
    whole = replace(access, siren=siren, author_organisation=access.organisation)
    trails = {access.organisation, holder or access.organisation} - {NOBODY} or {NOBODY}
    await connection.execute(_NOTE, [vars(replace(whole, organisation=it)) for it in sorted(trails)])


async def page(
    connection: AsyncConnection, organisation: str, filters: Filters, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """At most ``limit`` lines of an organisation, or of nobody, older than the line ``before``, newest first."""
    query = select(accesses).where(accesses.c.organisation.in_((organisation, NOBODY)), *_conditions(filters))
    query = query.where(accesses.c.id < before) if before else query
    return (await connection.execute(query.order_by(accesses.c.id.desc()).limit(limit))).all()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    columns = {
        accesses.c.siren: filters.siren,
        accesses.c.author: filters.author,
        accesses.c.outcome: filters.outcome,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    if filters.action:
        conditions.append(accesses.c.action.startswith(filters.action, autoescape=True))
    if filters.since:
        conditions.append(accesses.c.at >= filters.since)
    return [*conditions, accesses.c.at < filters.until] if filters.until else conditions


def _enterprise_of(subject: str) -> ScalarSelect[str]:
    """Whose task or case an id names, if it names one."""
    try:
        return select(tasks.c.siren).where(tasks.c.id == UUID(subject)).scalar_subquery()
    except ValueError:
        return select(cases.c.siren).where(cases.c.id == subject).scalar_subquery()


async def _holder_of(connection: AsyncConnection, access: Access) -> tuple[str | None, str | None]:
    """The enterprise that an attempt was about, and whose that or the subject is."""
    siren, subject = access.siren, (access.subject or "").partition("/")[0]
    if siren is None and subject:
        siren = await connection.scalar(select(_enterprise_of(subject)))
    if siren:
        return siren, await connection.scalar(select(journeys.c.organisation).where(journeys.c.siren == siren))
    named = [
        select(table.c.organisation).where(cast(table.c.id, String) == subject)
        for table in (meetings, newsletters, subscriptions)
    ]
    found = func.coalesce(*(it.scalar_subquery() for it in named))
    return None, (await connection.scalar(select(found)) if subject else None)
