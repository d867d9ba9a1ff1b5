"""`POST /v1/journeys/{siren}/extensions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict

from api.asking import Asked
from api.idempotency import Idempotent
from api.identifiers import Siren
from api.journeys.schemas import Extension
from api.problems import documented
from domain.requests import Ask

router = APIRouter(prefix="/v1/journeys", tags=["journeys"], route_class=Idempotent)


class NoBody(BaseModel):
    """An empty object."""

    model_config = ConfigDict(extra="forbid")


@router.post("/{siren}/extensions", status_code=201, responses=documented(400, 401, 403, 404, 409, 413))
async def extend_journey(siren: Siren, asked: Asked, _: Annotated[NoBody | None, Body()] = None) -> Extension:
    """Extend the journey, or resume it when it is closed (EXT-2, EXT-4); 409 names the rule that refuses."""
    answered = await asked.journey(siren, Ask.EXTEND)
    return Extension.model_validate(answered.reply.data)
