"""Is it alive, can it work, how is it going: for machines, without a token and without personal data."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.service import RPCError

from api.problems import documented, unavailable
from api.services import Service, Services

PATIENCE = timedelta(seconds=2)

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """All is well."""

    status: str = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """The process lives."""
    return Health()


@router.get("/readyz", responses=documented(503))
async def readyz(services: Service) -> Health:
    """The database and Temporal answer; 503 says which does not."""
    failures = [name for name in await asyncio.gather(_database(services), _temporal(services)) if name]
    if failures:
        raise unavailable(f"No answer from {' nor '.join(failures)} within {PATIENCE.seconds} seconds.")
    return Health()


async def _database(services: Services) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()), services.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return "the database"
    return None


async def _temporal(services: Services) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await services.temporal.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=PATIENCE)
    except (RPCError, RuntimeError, TimeoutError):
        return "Temporal"
    return None


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(services: Service) -> Response:
    """Prometheus text."""
    await services.gauges.refresh()
    return Response(services.metrics.text(), media_type=CONTENT_TYPE_LATEST)
