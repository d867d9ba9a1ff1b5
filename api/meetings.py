"""Collective meetings and trainings: published by supervisors, places taken for enterprises by agents (APT-5)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auditing import about, shown
from api.auth import Caller, Reader, Supervisor
from api.cases.schemas import CaseId
from api.idempotency import Idempotent, Operation
from api.identifiers import Line, Siren
from api.instants import DayOrInstant, end_of, first_of, localised
from api.journeys.access import open_dossier
from api.own import own_rows
from api.problems import documented
from api.services import Service, Services
from db import meetings
from db.meetings import Planned
from db.tables import meetings as table
from db.tenancy import as_organisation

router = APIRouter(prefix="/v1/meetings", tags=["meetings"], route_class=Idempotent)
MeetingId = Annotated[CaseId, Path()]
Kind = Literal["information", "training", "partners"]
CHANGED = documented(400, 401, 403, 404, 409, 413)


class MeetingPlanned(BaseModel):
    """A meeting as it is announced."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    title: Annotated[Line, Field(max_length=120, examples=["Embaucher son premier salarié"])]
    place: Annotated[Line, Field(description="An address, or the link of a video meeting.")]
    starts_at: datetime = Field(description="In the organisation's zone without an offset.")
    minutes: Annotated[int, Field(ge=15, le=600)]
    places: Annotated[int, Field(ge=1, le=5000)]


class Meeting(BaseModel):
    """A meeting, and how many places are taken."""

    id: str
    kind: Kind
    title: str
    place: str
    starts_at: datetime
    minutes: int
    places: int
    taken: int
    cancelled: bool


class Meetings(BaseModel):
    """The meetings of an organisation, the soonest first, five hundred at most."""

    items: list[Meeting]
    next_cursor: None = None


class Registered(BaseModel):
    """An enterprise that has a place; its name is that of an enterprise of the organisation."""

    siren: str
    name: str | None
    since: datetime


class Registrations(BaseModel):
    """Who has a place in a meeting."""

    items: list[Registered]
    next_cursor: None = None


@router.get("", responses=documented(400, 401, 403))
async def list_meetings(
    services: Service,
    caller: Reader,
    first: Annotated[DayOrInstant | None, Query(alias="from", description="Now, if not given.")] = None,
    last: Annotated[DayOrInstant | None, Query(alias="to", description="A day is included.")] = None,
) -> Meetings:
    """The calendar of the organisation's meetings, cancelled ones included."""
    zone = services.zone(caller.organisation)
    after = first_of(first, zone, "/query/from") if first else datetime.now(UTC)
    until = end_of(last, zone, "/query/to") if last else None
    async with as_organisation(services.engine, caller.organisation) as connection:
        rows = await meetings.listed(connection, caller.organisation, after, until)
    return Meetings(items=shown([_shown(row, zone) for row in rows]))


@router.post("", status_code=201, responses=documented(400, 401, 403, 409, 413))
async def publish_meeting(body: MeetingPlanned, services: Service, caller: Supervisor, operation: Operation) -> Meeting:
    """Announce a meeting: enterprises see it on their page and take places until it begins."""
    planned = _planned(body, services, caller)
    async with _own(services, caller) as connection:
        await meetings.publish(connection, caller.organisation, about(str(operation)), planned, datetime.now(UTC))
        return await _found(connection, services, caller, str(operation))


@router.put("/{meeting}", responses=CHANGED)
async def change_meeting(meeting: MeetingId, body: MeetingPlanned, services: Service, caller: Supervisor) -> Meeting:
    """Write a meeting whole; those who are registered are told of what changes, with a new calendar entry."""
    planned = _planned(body, services, caller)
    async with _own(services, caller) as connection:
        await meetings.change(connection, caller.organisation, meeting, planned, datetime.now(UTC))
        return await _found(connection, services, caller, meeting)


@router.post("/{meeting}/cancel", responses=CHANGED)
async def cancel_meeting(meeting: MeetingId, services: Service, caller: Supervisor) -> Meeting:
    """Call a meeting off; those who are registered are told."""
    async with _own(services, caller) as connection:
        await meetings.cancel(connection, caller.organisation, meeting, datetime.now(UTC))
        return await _found(connection, services, caller, meeting)


@router.get("/{meeting}/registrations", responses=documented(400, 401, 403, 404))
async def list_registrations(meeting: MeetingId, services: Service, caller: Reader) -> Registrations:
    """Who is expected."""
    zone = services.zone(caller.organisation)
    async with _own(services, caller) as connection:
        await meetings.find(connection, caller.organisation, meeting)
        rows = await meetings.registered(connection, [meeting])
    items = [Registered(siren=row.siren, name=row.name, since=row.since.astimezone(zone)) for row in rows]
    return Registrations(items=shown(items))


@router.put("/{meeting}/registrations/{siren}", responses=CHANGED)
async def register(meeting: MeetingId, siren: Siren, services: Service, caller: Reader) -> Meeting:
    """Take a place for an enterprise, which is told; 409 when none is left. Again it takes no other."""
    async with _own(services, caller) as connection:
        dossier = await open_dossier(services, connection, caller, siren)
        await meetings.register(connection, caller.organisation, meeting, siren, dossier.clock)
        return await _found(connection, services, caller, meeting)


@router.delete("/{meeting}/registrations/{siren}", responses=documented(400, 401, 403, 404, 409))
async def unregister(meeting: MeetingId, siren: Siren, services: Service, caller: Reader) -> Meeting:
    """Give the place of an enterprise up; it is told. Again it does nothing more."""
    async with _own(services, caller) as connection:
        dossier = await open_dossier(services, connection, caller, siren)
        await meetings.leave(connection, caller.organisation, meeting, siren, dossier.clock)
        return await _found(connection, services, caller, meeting)


def _own(services: Services, caller: Caller) -> AbstractAsyncContextManager[AsyncConnection]:
    return own_rows(services, caller, table, "APT-5")


def _planned(body: MeetingPlanned, services: Services, caller: Caller) -> Planned:
    values = body.model_dump()
    values["starts_at"] = localised(body.starts_at, services.zone(caller.organisation), "/starts_at")
    return Planned(**values)


async def _found(connection: AsyncConnection, services: Services, caller: Caller, meeting: str) -> Meeting:
    row = await meetings.find(connection, caller.organisation, meeting)
    return _shown(row, services.zone(caller.organisation))


def _shown(row: Row[Any], zone: ZoneInfo) -> Meeting:
    values = {name: getattr(row, name) for name in Meeting.model_fields}
    return Meeting(**{**values, "starts_at": row.starts_at.astimezone(zone)})
