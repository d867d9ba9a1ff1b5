"""Whose request an id is (ASK-2)."""

from __future__ import annotations

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import cases, commitments
from db.tenancy import across_organisations


async def siren_of(connection: AsyncConnection, request: str) -> str | None:
    """The enterprise of a request, whichever organisation follows it: its promise names it, or its incident does."""
    parts = literal(":").concat(commitments.c.subject).concat(":")
    named = commitments.c.kind.in_(("request", "refund")) & parts.contains(f":{request}:", autoescape=True)
    promised = select(commitments.c.siren).where(named)
    incident = select(cases.c.siren).where(cases.c.id == request, cases.c.family == "incident")
    async with across_organisations(connection):
        siren: str | None = await connection.scalar(promised.union(incident).limit(1))
    return siren
