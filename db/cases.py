"""Cases and commitments as rows, to find them by id and to add them up; the journey's state stays the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import cases, commitments
from domain.promises import Commitment


@dataclass(frozen=True)
class CaseRow:
    """An incident, a plan or an appointment; ``family`` says which."""

    id: str
    siren: str
    organisation: str
    family: str
    kind: str
    status: str
    opened_at: datetime
    closed_at: datetime | None


async def put(connection: AsyncConnection, rows: Sequence[CaseRow]) -> None:
    """Add or replace cases."""
    if rows:
        statement = insert(cases)
        new = {name: statement.excluded[name] for name in ("organisation", "kind", "status", "closed_at")}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=new), [vars(row) for row in rows]
        )


async def find(connection: AsyncConnection, case_id: str, family: str) -> Row[Any] | None:
    """The case of an id, whose journey it is."""
    query = select(cases).where(cases.c.id == case_id, cases.c.family == family)
    return (await connection.execute(query)).one_or_none()


async def put_commitments(
    connection: AsyncConnection, siren: str, organisation: str, changed: Sequence[Commitment]
) -> None:
    """Add or replace commitments."""
    if changed:
        statement = insert(commitments)
        new = {name: statement.excluded[name] for name in ("due_at", "paused_at", "met_at", "breached_at")}
        rows = [{"siren": siren, "organisation": organisation, **vars(it)} for it in changed]
        await connection.execute(statement.on_conflict_do_update(index_elements=["siren", "id"], set_=new), rows)


async def levels(
    connection: AsyncConnection, organisation: str, start: datetime | None, end: datetime | None
) -> Sequence[Row[Any]]:
    """How the commitments an organisation took in ``[start, end)`` stand, counted by kind; met means met in time."""
    broken, met = commitments.c.breached_at.is_not(None), commitments.c.met_at.is_not(None)
    paused = commitments.c.paused_at.is_not(None)
    counts = {"met": met & ~broken, "breached": broken, "paused": paused & ~met & ~broken}
    counts["running"] = ~met & ~broken & ~paused
    columns = [func.count().filter(condition).label(name) for name, condition in counts.items()]
    query = select(commitments.c.kind, func.count().label("started"), *columns)
    query = query.where(commitments.c.organisation == organisation)
    query = query.where(commitments.c.started_at >= start) if start else query
    query = query.where(commitments.c.started_at < end) if end else query
    return (await connection.execute(query.group_by(commitments.c.kind).order_by(commitments.c.kind))).all()
