"""``reply``: the enterprise takes the organisation's counter-proposal, or does not (PLN-5)."""

from __future__ import annotations

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from db import notes
from domain.cases import Plan, PlanStatus
from domain.requests import Ask, Request
from domain.rules.plans import total
from domain.space.due_lines import period_label
from notifications.links import BadLink
from web.asking import answer
from web.desk import Desk
from web.portal.visit import Visit, follow
from web.rendering import page

ANSWERS = {"oui": True, "non": False}


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """What was asked beside what is proposed, or what became of the proposal."""
    return await _proposal(desk, visit)


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Ask the journey. The answer makes the id: a double click answers once."""
    said, plan = str(form.get("reponse")), _plan(visit)
    if said not in ANSWERS:
        raise HTTPException(400)
    data = {"plan": plan.id, "accepted": ANSWERS[said], "by": str(visit.author)}
    reply = await answer(desk, visit.link.siren, visit.path, Request(visit.key("reply", said), Ask.REPLY_TO_PLAN, data))
    if reply.status == 200:
        return RedirectResponse(visit.path, 303)
    return await _proposal(desk, await follow(desk, visit.token), reply.status, reply.detail)


async def _proposal(desk: Desk, visit: Visit, status: int = 200, problem: str | None = None) -> Response:
    plan = _plan(visit)
    return page(
        "proposal",
        status=status,
        visit=visit,
        plan=plan,
        outcome=_outcome(plan),
        period=period_label(visit.standing, plan.key),
        reason=await _reason(desk, visit.link.siren, plan),
        total=total,
        problem=problem,
    )


def _plan(visit: Visit) -> Plan:
    try:
        return visit.standing.plans[visit.link.subject]
    except KeyError:
        raise BadLink from None


def _outcome(plan: Plan) -> str:
    """A status, or what a refusal comes from: ``declined``, ``lapsed``, ``paid``, ``cancelled``, ``procedure``."""
    if plan.status is not PlanStatus.REFUSED:
        return plan.status
    if plan.withdrawn or not plan.counter:
        return plan.withdrawn or plan.status
    return "declined" if plan.replied_at else "lapsed"


async def _reason(desk: Desk, siren: str, plan: Plan) -> str | None:
    if plan.reason is None:
        return None
    async with desk.engine.connect() as connection:
        return (await notes.read(connection, siren, [plan.reason])).get(plan.reason)
