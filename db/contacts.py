"""Contact details corrected by somebody: what is stored until it counts (ENR-5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db import link_deeds
from db.events import NewEvent
from db.tables import events

SOURCE = "parcours/contact"
"""The ``source`` of corrections and of what is proposed."""

CORRECTED, PROPOSED = "contact.corrected", "contact.proposed"
CODES = link_deeds.Limits(link=5, kind=15, enterprise=1_000)
"""Codes tried in an hour: for one proposal, for an enterprise."""
PROPOSALS = link_deeds.Limits(link=5, kind=10, enterprise=1_000)
"""Proposals in an hour, each a message to an address that nobody proved: by one link, for an enterprise."""


def details_of(known: Row[Any]) -> dict[str, str | None]:
    """The contact of an enterprise as it is stored."""
    return {"name": known.contact_name, "email": known.email, "phone": known.phone}


async def proposed(connection: AsyncConnection, siren: str, proposal: str) -> dict[str, Any] | None:
    """The name and addresses of a proposal while they are kept."""
    one = (events.c.siren == siren) & (events.c.source == SOURCE) & (events.c.id == proposal)
    data: dict[str, Any] | None = await connection.scalar(select(events.c.data).where(one))
    return data and data.get("contact")


async def last_proposal(connection: AsyncConnection, siren: str, since: datetime) -> Row[Any] | None:
    """The newest proposal for an enterprise since an instant; a correction since then leaves none."""
    mine = (events.c.siren == siren) & (events.c.source == SOURCE) & (events.c.time > since)
    row = (await connection.execute(select(events).where(mine).order_by(events.c.seq.desc()).limit(1))).one_or_none()
    return row if row and row.type == PROPOSED and row.data else None


async def may_try(connection: AsyncConnection, siren: str, proposal: str) -> timedelta | None:
    """Count a code tried, or say how long to wait."""
    return await link_deeds.take(connection, siren, proposal, "code", CODES)


async def may_propose(connection: AsyncConnection, siren: str, link: str) -> timedelta | None:
    """Count a proposal, or say how long to wait."""
    return await link_deeds.take(connection, siren, link, "proposal", PROPOSALS)


def event(event_type: str, id_: str, siren: str, organisation: str, at: datetime, data: dict[str, Any]) -> NewEvent:
    """A correction or a proposal to store."""
    return NewEvent(SOURCE, id_, event_type, siren, organisation, at, data)
