"""Levels of service reached (SVC-2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from activities.inbound.schemas import Day
from api.auth import Reader
from api.instants import end_of, first_of
from api.problems import documented
from api.services import Service
from db.cases import levels
from db.tenancy import as_organisation
from domain.measures import share

router = APIRouter(prefix="/v1/commitments", tags=["cases"])


class Level(BaseModel):
    """One kind of promise: how many were started in the period, and where they stand now.

    `rate` is the share met in time of those that are settled, none while none is.
    """

    kind: str = Field(examples=["plan_answer"])
    started: int
    met: int
    breached: int
    running: int
    paused: int
    rate: Decimal | None = Field(examples=["0.975"])


class Levels(BaseModel):
    """The levels of an organisation."""

    items: list[Level]


@router.get("", responses=documented(400, 401, 403))
async def read_commitments(
    services: Service,
    caller: Reader,
    first: Annotated[Day | None, Query(alias="from", description="First day, included.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day, included.")] = None,
) -> Levels:
    """The organisation's commitments by kind, for those started between two days."""
    zone = services.zone(caller.organisation)
    start = first_of(first, zone, "/query/from") if first else None
    end = end_of(last, zone, "/query/to") if last else None
    async with as_organisation(services.engine, caller.organisation) as connection:
        rows = await levels(connection, caller.organisation, start, end)
    return Levels(items=[Level(**row._mapping, rate=share(row.met, row.met + row.breached)) for row in rows])
