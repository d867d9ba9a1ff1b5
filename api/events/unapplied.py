"""Events that are not in their journey, and what an administrator decides about those that are set aside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api import cursors
from api.auditing import shown
from api.auth import Administrator, Caller, Supervisor
from api.idempotency import Idempotent
from api.identifiers import Line
from api.paging import Cursor, Limit, cut
from api.problems import Problem, documented
from api.services import Service, Services
from db import unapplied
from db.events import source_of
from db.refusals import Refused, Unknown
from db.tables import events
from db.tenancy import as_organisation, holder
from db.unapplied import LONGEST_REASON, SET_ASIDE

router = APIRouter(prefix="/v1/set-aside-events", tags=["events"], route_class=Idempotent)
Number = Annotated[int, Path(ge=1, lt=2**63, description="The `number` of an event that is set aside.", examples=[12])]
Reason = Annotated[Line, Field(max_length=LONGEST_REASON, examples=["Envoyé deux fois par erreur"])]
DECIDED = documented(400, 401, 403, 404, 409, 413)


class StoredEvent(BaseModel):
    """An event kept aside, without its data. `problem` is why it is not applied, `reason` why it was refused."""

    number: int = Field(validation_alias="seq")
    id: str
    source: str
    type: str
    siren: str
    time: datetime
    status: Literal["pending", "waiting", "refused", "expired", "set_aside"]
    problem: str | None
    set_aside_at: datetime | None
    reason: str | None
    decided_by: str | None


class StoredEvents(BaseModel):
    """A page of events kept aside."""

    items: list[StoredEvent]
    next_cursor: str | None


class Refusal(BaseModel):
    """Why an event is never to be applied."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


async def listed(
    services: Services, caller: Caller, statuses: Sequence[str], cursor: str | None, limit: int
) -> StoredEvents:
    """A page of the organisation's events in these states, the oldest first."""
    after = cursors.number(cursor) if cursor else 0
    async with as_organisation(services.engine, caller.organisation) as connection:
        rows = await unapplied.page(connection, caller.organisation, statuses, after, limit + 1)
    rows, last = cut(rows, limit)
    items = shown([_shown(row) for row in rows])
    return StoredEvents(items=items, next_cursor=cursors.encode(last.seq) if last else None)


@router.get("", responses=documented(400, 401, 403))
async def list_set_aside_events(
    services: Service, caller: Supervisor, cursor: Cursor = None, limit: Limit = 50
) -> StoredEvents:
    """Events that could not be applied and wait for an administrator; the others of their enterprises went on."""
    return await listed(services, caller, (SET_ASIDE,), cursor, limit)


@router.post("/{number}/retry", responses=DECIDED)
async def retry_event(number: Number, services: Service, caller: Administrator) -> StoredEvent:
    """Have an event applied again, once what it failed for is mended; it is set aside anew when it fails again."""
    return await _decided(
        services, caller, lambda connection: unapplied.retry(connection, caller.organisation, number, caller.name)
    )


@router.post("/{number}/refuse", responses=DECIDED)
async def refuse_event(number: Number, body: Refusal, services: Service, caller: Administrator) -> StoredEvent:
    """Have an event never applied; its reason is kept with it."""
    return await _decided(
        services,
        caller,
        lambda connection: unapplied.refuse(connection, caller.organisation, number, caller.name, body.reason),
    )


async def _decided(
    services: Services, caller: Caller, decide: Callable[[AsyncConnection], Awaitable[Row[Any]]]
) -> StoredEvent:
    async with as_organisation(services.engine, caller.organisation) as connection:
        try:
            return _shown(await decide(connection))
        except Refused:
            raise Problem(409, "This event is not set aside any more: read it again.") from None
        except Unknown as unknown:
            if await holder(connection, events, seq=int(str(unknown))):
                raise Problem(403, "This event belongs to another organisation: use one of its tokens.") from None
            raise Problem(404, "No such event: list them at /v1/set-aside-events.") from None


def _shown(row: Row[Any]) -> StoredEvent:
    return StoredEvent.model_validate({**row._mapping, "source": source_of(row.source)})
