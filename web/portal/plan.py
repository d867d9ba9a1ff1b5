"""``plan``: the enterprise asks for a payment plan for a period, instalment by instalment (PLN-1, PLN-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from config.computing import computed
from domain.cases import Instalment
from domain.identifiers import InvalidPeriod, parse_period
from domain.messages import Recipient
from domain.requests import Ask, Reply, Request
from domain.rules.plan_requests import owed_on
from domain.rules.plans import PIECES, clock_of, pending_plan
from domain.space.due_lines import period_label
from domain.step import step
from notifications.links import BadLink
from web.asking import answer
from web.desk import Desk
from web.portal.instalments import Line, drawn_up, faults, filled_in, read
from web.portal.texts import LONGEST, TOO_LONG, keep, written
from web.portal.visit import Visit, follow
from web.rendering import page

USUAL_COUNT = 3


@dataclass(frozen=True)
class Debt:
    """What the link is about: the contributions of one account and period, and how these are called."""

    account: str
    period: str
    label: str

    def data(self, asked: list[Instalment], by: Recipient) -> dict[str, Any]:
        """What the journey is asked, and by whom."""
        instalments = [{"due_on": it.due_on.isoformat(), "amount": f"{it.amount}"} for it in asked]
        return {"account": self.account, "period": self.period, "instalments": instalments, "by": str(by)}


async def show(_desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """The form filled in evenly, the request under way, or why none is possible."""
    debt = _debt(visit)
    known = pending_plan(visit.standing, visit.link.subject)
    if known:
        promised = visit.standing.commitments.get(clock_of(known))
        return page("plan_asked", visit=visit, plan=known, debt=debt, promised=promised, pieces=PIECES)
    if refusal := await computed(_refusal, visit, debt):
        return page("plan_impossible", visit=visit, debt=debt, problem=refusal.detail)
    owed = owed_on(visit.standing, debt.account, debt.period)
    return _form(visit, drawn_up(owed.left, owed.share, _count(visit, query), visit.world.today))


async def again(desk: Desk, visit: Visit, query: QueryParams, form: FormData) -> Response:
    """The form refused last, as it was typed, where a plan may still be asked for and no other split is."""
    known = pending_plan(visit.standing, visit.link.subject)
    refusal: Reply | None = await computed(_refusal, visit, _debt(visit))
    if "fois" in query or known or refusal:
        return await show(desk, visit, query)
    lines, reason = filled_in(form), written(form, "motif")
    return _form(visit, lines, reason, _wrong(lines, reason))


def _wrong(lines: list[Line], reason: str) -> dict[str, str]:
    return {**faults(lines), **({"motif": TOO_LONG} if len(reason) > LONGEST else {})}


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Ask the journey. What was filled in and the view make the id: a double click asks once."""
    debt, lines, reason = _debt(visit), filled_in(form), written(form, "motif")
    if wrong := _wrong(lines, reason):
        return _form(visit, lines, reason, wrong, 422)
    asked = read(lines)
    parts = (form.get("vue"), *((it.due_on, it.amount) for it in asked))
    note = await keep(desk, visit, f"plan:{debt.period}", reason, *parts)
    request = Request(visit.key("plan", *parts), Ask.PLAN, debt.data(asked, visit.author) | {"note": note and note.id})
    reply = await answer(desk, visit.link.siren, visit.path, request, note)
    if reply.status == 201:
        return RedirectResponse(visit.path, 303)
    return _form(await follow(desk, visit.token), lines, reason, {}, reply.status, reply.detail)


def _debt(visit: Visit) -> Debt:
    account, _, period = visit.link.subject.rpartition("/")
    try:
        parse_period(period)
    except InvalidPeriod:
        raise BadLink from None
    return Debt(account, period, period_label(visit.standing, visit.link.subject))


def _refusal(visit: Visit, debt: Debt) -> Reply | None:
    """What the rules would answer to any plan on this debt, when they would refuse it."""
    left = owed_on(visit.standing, debt.account, debt.period).left
    one = Instalment(visit.world.today + timedelta(days=1), left or Decimal(1))
    request = Request("preview", Ask.PLAN, debt.data([one], visit.author))
    reply = step(visit.journey, (request,), visit.now, visit.rulebook).replies[request.id]
    return reply if reply.status >= 400 else None


def _count(visit: Visit, query: QueryParams) -> int:
    given = query.get("fois", "")
    count = int(given) if given.isascii() and given.isdecimal() and len(given) < 3 else USUAL_COUNT
    return min(max(count, 1), visit.world.policy.plan_max_months)


def _form(
    visit: Visit,
    lines: list[Line],
    reason: str = "",
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    problem: str | None = None,
) -> Response:
    debt = _debt(visit)
    return page(
        "plan",
        status=status,
        visit=visit,
        debt=debt,
        owed=owed_on(visit.standing, debt.account, debt.period),
        lines=lines,
        counts=range(1, visit.world.policy.plan_max_months + 1),
        reason=reason,
        longest=LONGEST,
        errors=errors or {},
        problem=problem,
    )
