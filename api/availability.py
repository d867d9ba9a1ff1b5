"""Slots: published by agents, chosen by enterprises (APT-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Caller, Reader
from api.cases.schemas import Format
from api.identifiers import AgentName, SirenText
from api.instants import DayOrInstant, end_of, first_of, localised
from api.journeys.access import Dossier, open_dossier
from api.problems import Problem, documented
from api.services import Service
from db import agents
from db.slots import OverlappingSlots, Published, free, publish
from db.tenancy import as_organisation
from domain import cases

router = APIRouter(prefix="/v1", tags=["agents"])
Kind = Literal["initial", "priority", "legal_security", "threshold", "other"]


class NewSlot(BaseModel):
    """A time an agent offers."""

    model_config = ConfigDict(extra="forbid")

    starts_at: datetime = Field(description="In the organisation's zone without an offset.")
    minutes: Annotated[int, Field(ge=5, le=480)]
    formats: Annotated[list[Format], Field(min_length=1, max_length=4)]


class Availability(BaseModel):
    """All the slots an agent offers from now on."""

    model_config = ConfigDict(extra="forbid")

    slots: Annotated[list[NewSlot], Field(max_length=2000)]


class Slot(BaseModel):
    """A slot of an agent."""

    id: str
    agent: str
    starts_at: datetime
    minutes: int
    formats: list[Format]


class Slots(BaseModel):
    """An agent's slots ahead, booked ones included."""

    slots: list[Slot]


@router.put("/agents/{agent}/availability", responses=documented(400, 401, 403, 404, 409, 413))
async def write_availability(
    agent: Annotated[AgentName, Path(examples=["alice.martin"])], body: Availability, services: Service, caller: Reader
) -> Slots:
    """Replace an agent's slots ahead; those already booked stay. Agents write their own, supervisors anyone's."""
    if caller.role == "agent" and caller.agent != agent:
        raise Problem(403, "Agents publish their own availability: ask a supervisor for another agent's.")
    zone = services.zone(caller.organisation)
    published = [_offered(it, zone, rank) for rank, it in enumerate(body.slots)]
    async with as_organisation(services.engine, caller.organisation) as connection:
        await _check_known(connection, caller, agent)
        return Slots(slots=_shown(await _published(connection, caller, agent, published), zone))


def _offered(slot: NewSlot, zone: ZoneInfo, rank: int) -> Published:
    starts_at = localised(slot.starts_at, zone, f"/slots/{rank}/starts_at")
    return Published(starts_at, slot.minutes, tuple(dict.fromkeys(slot.formats)))


async def _check_known(connection: AsyncConnection, caller: Caller, agent: str) -> None:
    if caller.agent == agent:
        await agents.ensure(connection, caller.organisation, agent)
    if await agents.read(connection, caller.organisation, agent) is None:
        raise Problem(404, "No such agent in this organisation: write the agent first.")


async def _published(
    connection: AsyncConnection, caller: Caller, agent: str, published: Sequence[Published]
) -> Sequence[cases.Slot]:
    try:
        return await publish(connection, caller.organisation, agent, published, datetime.now(UTC))
    except OverlappingSlots as overlap:
        raise Problem(409, f"{str(overlap).capitalize()}: leave one of them out.") from None


@router.get("/slots", responses=documented(400, 401, 403, 404))
async def list_slots(
    services: Service,
    caller: Reader,
    siren: Annotated[SirenText | None, Query()] = None,
    kind: Annotated[Kind | None, Query(description="`priority`: with `siren`, only those in time (APT-3).")] = None,
    first: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    last: Annotated[DayOrInstant | None, Query(alias="to", description="A day is included.")] = None,
) -> list[Slot]:
    """Free slots of the organisation's agents who are present, the soonest first, two hundred at most."""
    zone = services.zone(caller.organisation)
    async with as_organisation(services.engine, caller.organisation) as connection:
        dossier = await open_dossier(services, connection, caller, siren) if siren else None
        after = dossier.clock if dossier else datetime.now(UTC)
        after = max(after, first_of(first, zone, "/query/from")) if first else after
        ends = [end_of(last, zone, "/query/to")] if last else []
        until = min([*ends, *_promised(dossier, kind)], default=None)
        found = await free(connection, caller.organisation, zone.key, after, until)
    return _shown(found, zone)


def _promised(dossier: Dossier | None, kind: Kind | None) -> list[datetime]:
    if dossier is None or kind != "priority":
        return []
    offers = (it for it in dossier.journey.appointments.values() if it.kind == kind and it.stands(dossier.clock))
    return [it.offer_until for it in offers if it.offer_until]


def _shown(slots: Sequence[cases.Slot], zone: ZoneInfo) -> list[Slot]:
    return [
        Slot(
            id=it.id,
            agent=it.agent,
            starts_at=it.starts_at.astimezone(zone),
            minutes=it.minutes,
            formats=list(it.formats),
        )
        for it in slots
    ]
