"""`POST /v1/journeys/{siren}/extensions`: asked of the journey's workflow, which answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Body, Header
from pydantic import BaseModel, ConfigDict, StringConstraints
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from api.auth import Reader
from api.identifiers import Siren
from api.journeys.access import open_dossier
from api.journeys.schemas import Extension
from api.problems import Problem, documented, unavailable
from api.services import Service, Services
from domain.requests import Ask, Reply, Request
from workflows.client import ask

PATIENCE = timedelta(seconds=10)

router = APIRouter(prefix="/v1/journeys", tags=["journeys"])

Key = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")] | None,
    Header(alias="Idempotency-Key", description="The same key gets the same answer: the request is carried out once."),
]


class NoBody(BaseModel):
    """An empty object."""

    model_config = ConfigDict(extra="forbid")


@router.post("/{siren}/extensions", status_code=201, responses=documented(400, 401, 403, 404, 409, 413))
async def extend_journey(
    siren: Siren,
    services: Service,
    caller: Reader,
    _: Annotated[NoBody | None, Body()] = None,
    key: Key = None,
) -> Extension:
    """Extend the journey, or resume it when it is closed (EXT-2, EXT-4); 409 names the rule that refuses."""
    async with services.engine.connect() as connection:
        await open_dossier(services, connection, caller, siren)
    reply = await _asked(services, siren, Request(id=key or str(uuid4()), ask=Ask.EXTEND))
    return Extension.model_validate(_granted(reply))


async def _asked(services: Services, siren: str, request: Request) -> Reply:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await ask(services.temporal, siren, request)
    except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
        raise unavailable("The journey does not answer: send it again with the same Idempotency-Key.") from None


def _granted(reply: Reply) -> dict[str, Any]:
    if reply.status >= 400:
        raise Problem(reply.status, reply.detail, rule=reply.rule)
    return reply.data
