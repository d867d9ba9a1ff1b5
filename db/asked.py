"""Whose request an id is (ASK-2)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import cases, commitments


async def siren_of(connection: AsyncConnection, request: str) -> str | None:
    """The enterprise of a request: its promise names it, or an incident whose remission is to be decided."""
    promised = commitments.c.kind.in_(("request", "refund")) & commitments.c.subject.contains(request, autoescape=True)
    siren: str | None = await connection.scalar(select(commitments.c.siren).where(promised).limit(1))
    if siren:
        return siren
    incident = select(cases.c.siren).where(cases.c.id == request, cases.c.family == "incident")
    found: str | None = await connection.scalar(incident.limit(1))
    return found
