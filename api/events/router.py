"""`POST /v1/events`, and the list of what could not be applied."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal, ParamSpec, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.auth import Sender, Supervisor
from api.events.cloudevents import read_events
from api.events.documentation import OPERATION
from api.events.intake import Outcome, check_all, refuse_when_none_is_good
from api.events.unapplied import StoredEvents, listed
from api.idempotency import Idempotent
from api.metrics import Metrics
from api.paging import Cursor, Limit
from api.problems import documented
from api.services import Service, Services
from db.unapplied import STATUSES

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=Idempotent)
SMALL_BODY = 32 * 1024
Given = ParamSpec("Given")
Made = TypeVar("Made")


class RejectedEvent(BaseModel):
    """An event not taken: its rank in the batch, its id when readable, why."""

    index: int
    id: str | None
    problem: str = Field(examples=["/data/amount: Decimal input should have no more than 2 decimal places"])


class Intake(BaseModel):
    """What became of the events of a request."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]


@router.post(
    "",
    status_code=202,
    response_model=Intake,
    responses=documented(400, 401, 403, 413, 415),
    openapi_extra=OPERATION,
)
async def receive_events(request: Request, caller: Sender) -> Response:
    """Take events in, durably: structured, batch or binary CloudEvents, told apart by Content-Type.

    `id` and `source` identify an event for ever: a second one is counted as a duplicate and does nothing.
    """
    services: Services = request.app.state.services
    body = await request.body()
    incoming = await _aside(body, read_events, request.headers, body)
    good, rejected = await _aside(body, check_all, incoming.events)
    outcome = await services.inbox.keep(caller, good, rejected)
    _count(services.metrics, outcome)
    refuse_when_none_is_good(incoming, outcome)
    intake = Intake(accepted=outcome.accepted, duplicates=outcome.duplicates, rejected=_described(outcome))
    return Response(intake.model_dump_json(), 202, media_type="application/json")


async def _aside(body: bytes, work: Callable[Given, Made], *args: Given.args, **options: Given.kwargs) -> Made:
    """Ten thousand events take a while to check: other requests go on meanwhile. A few take less than a thread."""
    return work(*args, **options) if len(body) < SMALL_BODY else await asyncio.to_thread(work, *args, **options)


def _described(outcome: Outcome) -> list[RejectedEvent]:
    return [RejectedEvent(index=it.index, id=it.id, problem="; ".join(map(str, it.faults))) for it in outcome.rejected]


def _count(metrics: Metrics, outcome: Outcome) -> None:
    metrics.events["accepted"].inc(outcome.accepted)
    metrics.events["duplicate"].inc(outcome.duplicates)
    metrics.events["rejected"].inc(len(outcome.rejected))


@router.get("", responses=documented(400, 401, 403))
async def list_events(
    services: Service,
    caller: Supervisor,
    status: Annotated[Literal["waiting", "refused", "expired", "set_aside"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> StoredEvents:
    """Events of the organisation that wait for their account, were refused, waited too long, or are set aside."""
    return await listed(services, caller, (status,) if status else STATUSES, cursor, limit)
