"""Who opened which file and decided what, as the organisation's supervisor may check."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api import cursors
from api.auth import Supervisor
from api.identifiers import SirenText
from api.paging import Cursor, Limit, cut
from api.problems import documented
from api.services import Service
from db import accesses
from db.tenancy import as_organisation

router = APIRouter(prefix="/v1/accesses", tags=["agents"])


class Access(BaseModel):
    """A file opened or a decision taken; `subject` is the id it was about."""

    at: datetime
    author: str
    role: str
    action: str = Field(examples=["GET /v1/journeys/{siren}"])
    siren: str | None
    subject: str | None


class Accesses(BaseModel):
    """A page of the audit, newest first."""

    items: list[Access]
    next_cursor: str | None


@router.get("", responses=documented(400, 401, 403))
async def list_accesses(
    services: Service,
    caller: Supervisor,
    siren: Annotated[SirenText | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Accesses:
    """What people and systems of the organisation opened and decided, by API and console."""
    before = cursors.number(cursor) if cursor else None
    async with as_organisation(services.engine, caller.organisation) as connection:
        rows = await accesses.page(connection, caller.organisation, siren, before, limit + 1)
    rows, last = cut(rows, limit)
    zone = services.zone(caller.organisation)
    items = [Access(**{**row._mapping, "at": row.at.astimezone(zone)}) for row in rows]
    return Accesses(items=items, next_cursor=cursors.encode(last.id) if last else None)
