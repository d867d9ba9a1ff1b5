"""The newsletter for young enterprises, by sector: written and withdrawn by supervisors (REG-1)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.inbound.schemas import Day
from api.auditing import about, shown
from api.auth import Caller, Supervisor
from api.cases.schemas import CaseId
from api.idempotency import Idempotent, Operation
from api.identifiers import Line, Page
from api.own import own_rows
from api.problems import documented
from api.services import Service, Services
from db import newsletters
from db.newsletters import LONGEST_BODY, LONGEST_TITLE, Issue
from db.tables import newsletters as table
from domain.newsletters import SECTOR

router = APIRouter(prefix="/v1/newsletters", tags=["newsletters"], route_class=Idempotent)
NewsletterId = Annotated[CaseId, Path()]
Sector = Annotated[str, StringConstraints(pattern=f"^{SECTOR}$"), Field(examples=["56.10A"])]


class NewsletterPlanned(BaseModel):
    """An issue as it is written."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(max_length=LONGEST_TITLE, examples=["Ce qui change au 1er janvier"])]
    body: Annotated[Page, Field(max_length=LONGEST_BODY, description="Markdown: headings, lists, links, emphasis.")]
    sectors: Annotated[
        list[Sector], Field(max_length=100, description="Beginnings of NAF codes; none for every sector.")
    ] = []
    leaves_on: Day = Field(description="Today at the earliest, on the organisation's calendar.")


class Newsletter(BaseModel):
    """An issue; ``readers`` are the enterprises told so far, all of them once ``handed_out_at`` is there."""

    id: str
    title: str
    body: str
    sectors: list[str]
    leaves_on: date
    withdrawn: bool
    readers: int
    handed_out_at: datetime | None


class Newsletters(BaseModel):
    """The issues of an organisation, the last to leave first, a hundred at most."""

    items: list[Newsletter]
    next_cursor: None = None


@router.get("", responses=documented(400, 401, 403))
async def list_newsletters(services: Service, caller: Supervisor) -> Newsletters:
    """Issues planned, on their way, sent and withdrawn."""
    zone = services.zone(caller.organisation)
    async with _own(services, caller) as connection:
        rows = await newsletters.listed(connection, caller.organisation)
    return Newsletters(items=shown([_shown(row, zone) for row in rows]))


@router.post("", status_code=201, responses=documented(400, 401, 403, 409, 413))
async def plan_newsletter(
    body: NewsletterPlanned, services: Service, caller: Supervisor, operation: Operation
) -> Newsletter:
    """Have an issue leave on its day, by mail, to the open journeys of these sectors that do not refuse it."""
    today = datetime.now(UTC).astimezone(services.zone(caller.organisation)).date()
    async with _own(services, caller) as connection:
        issue = Issue(**body.model_dump())
        await newsletters.plan(connection, caller.organisation, about(str(operation)), issue, today)
        return await _found(connection, services, caller, str(operation))


@router.post("/{newsletter}/withdraw", responses=documented(400, 401, 403, 404, 409, 413))
async def withdraw_newsletter(newsletter: NewsletterId, services: Service, caller: Supervisor) -> Newsletter:
    """Have an issue not leave; 409 once it is on its way."""
    async with _own(services, caller) as connection:
        await newsletters.withdraw(connection, caller.organisation, newsletter)
        return await _found(connection, services, caller, newsletter)


def _own(services: Services, caller: Caller) -> AbstractAsyncContextManager[AsyncConnection]:
    return own_rows(services, caller, table, "REG-1")


async def _found(connection: AsyncConnection, services: Services, caller: Caller, newsletter: str) -> Newsletter:
    row = await newsletters.find(connection, caller.organisation, newsletter)
    return _shown(row, services.zone(caller.organisation))


def _shown(row: Row[Any], zone: ZoneInfo) -> Newsletter:
    values = {name: getattr(row, name) for name in Newsletter.model_fields}
    handed_out = row.handed_out_at.astimezone(zone) if row.handed_out_at else None
    return Newsletter(**{**values, "handed_out_at": handed_out})
