"""Payment plans."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.asking import Answered, Asked
from api.cases.schemas import CaseId, Decision, Piece, PlanAsked, PlanReply
from api.idempotency import Idempotent
from api.identifiers import Siren
from api.journeys.cases import plan_of
from api.journeys.schemas import Plan
from api.problems import documented
from api.services import Service, Services
from domain.requests import Ask

router = APIRouter(prefix="/v1", tags=["cases"], route_class=Idempotent)
ASKED = documented(400, 401, 403, 404, 409, 413)
PlanId = Annotated[CaseId, Path()]


@router.post("/journeys/{siren}/plans", status_code=201, responses=ASKED)
async def ask_for_plan(siren: Siren, body: PlanAsked, asked: Asked, services: Service) -> Plan:
    """Ask for a payment plan; 409 says what to change (PLN-1). `missing` names what is owed first (PLN-2)."""
    answered = await asked.journey(siren, Ask.PLAN, body.reason, **body.plain())
    return _plan(answered, str(answered.reply.data["id"]), services)


@router.post("/plans/{plan}/decision", responses=ASKED)
async def decide_plan(plan: PlanId, body: Decision, asked: Asked, services: Service) -> Plan:
    """Accept, refuse or counter (PLN-4); of two decisions one is a 409."""
    return _plan(await asked.case(plan, "plan", Ask.DECIDE_PLAN, body.reason, **body.plain()), plan, services)


@router.post("/plans/{plan}/reply", responses=ASKED)
async def reply_to_plan(plan: PlanId, body: PlanReply, asked: Asked, services: Service) -> Plan:
    """The enterprise takes or leaves the counter-proposal (PLN-5)."""
    return _plan(await asked.case(plan, "plan", Ask.REPLY_TO_PLAN, **body.plain()), plan, services)


@router.post("/plans/{plan}/pieces", responses=ASKED)
async def note_piece(plan: PlanId, body: Piece, asked: Asked, services: Service) -> Plan:
    """Say that a piece is missing, which stops the clock, or that it came, which starts it again (PLN-3)."""
    what = Ask.PIECE_RECEIVED if body.received else Ask.MISSING_PIECE
    return _plan(await asked.case(plan, "plan", what, piece=body.piece), plan, services)


def _plan(answered: Answered, plan: str, services: Services) -> Plan:
    journey = answered.dossier.journey
    return plan_of(journey.plans[plan], journey, services.zone(journey.organisation))
