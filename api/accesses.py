"""The trail: who opened, asked for, decided or tried what, as the organisation's supervisor may check."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row

from api import cursors
from api.auditing import shown
from api.auth import Supervisor
from api.identifiers import SirenText, Text
from api.instants import DayOrInstant, end_of, first_of
from api.paging import Cursor, Limit, cut
from api.problems import documented
from api.services import Service
from db import accesses
from db.tenancy import as_organisation

router = APIRouter(prefix="/v1/accesses", tags=["agents"])


Outcome = Literal["done", "unauthenticated", "forbidden", "not_found", "conflict"]


class Access(BaseModel):
    """Something opened, listed, decided or tried; `subject` is the id it was about.

    `role` is `none` for whoever showed no good token, `enterprise` or `accountant` for who followed a signed link.
    `asked` is what a list was narrowed to, `shown` how many lines it had. Of a flood of refusals not each has its line:
    `times` says how many one stands for.
    """

    at: datetime
    author: str
    role: str
    client: str | None
    organisation: str | None
    action: str = Field(examples=["GET /v1/journeys/{siren}"])
    siren: str | None
    subject: str | None
    outcome: Outcome
    asked: str | None
    shown: int | None
    times: int


class Accesses(BaseModel):
    """A page of the audit, newest first."""

    items: list[Access]
    next_cursor: str | None


@router.get("", responses=documented(400, 401, 403))
async def list_accesses(
    services: Service,
    caller: Supervisor,
    siren: Annotated[SirenText | None, Query()] = None,
    author: Annotated[Text | None, Query()] = None,
    action: Annotated[Text | None, Query(description="The beginning of an action.")] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    first: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    last: Annotated[DayOrInstant | None, Query(alias="to", description="A day is included.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Accesses:
    """What was opened, listed, decided and tried, by API, console and signed links.

    With what others tried on the organisation's files, and what nobody known tried on nothing of anybody's.
    """
    before, zone = cursors.number(cursor) if cursor else None, services.zone(caller.organisation)
    since = first_of(first, zone, "/query/from") if first else None
    until = end_of(last, zone, "/query/to") if last else None
    filters = accesses.Filters(siren, author, action, outcome, since, until)
    async with as_organisation(services.engine, caller.organisation) as connection:
        rows = await accesses.page(connection, caller.organisation, filters, before, limit + 1)
    rows, oldest = cut(rows, limit)
    items = [_shown(row, zone) for row in rows]
    return Accesses(items=shown(items), next_cursor=cursors.encode(oldest.id) if oldest else None)


def _shown(row: Row[Any], zone: ZoneInfo) -> Access:
    whose = row.organisation if row.author_organisation is None else row.author_organisation
    values = {name: getattr(row, name) for name in Access.model_fields}
    return Access(**{**values, "at": row.at.astimezone(zone), "organisation": whose or None})
