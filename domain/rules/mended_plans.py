"""PLN-10: an instalment paid in time, told after the plan broke for it, mends the plan; told, and not counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from domain.cases import Plan, PlanStatus
from domain.duty import Decided, Duty, World
from domain.effects import Record
from domain.rules.arrears import debt_is_over
from domain.rules.incidents import incident_id
from domain.rules.instalments import grace_end, instalments_due
from domain.rules.plans import covering_plan, described, incident_on, pending_plan
from domain.rules.term import in_procedure
from domain.state import Journey
from domain.tasks import ends


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Plans that broke for what turns out to have been paid in time."""
    for plan in journey.plans.values():
        if plan.ended_at and _may_mend(journey, plan) and _was_paid_in_time(journey, plan, plan.ended_at, world):
            yield Duty(plan.ended_at, f"PLN-10:{plan.id}:{plan.mends + 1}", partial(_mend, plan.id, plan.ended_at))


def _may_mend(journey: Journey, plan: Plan) -> bool:
    """It broke for an instalment, and no other plan was asked for since."""
    broke = plan.status is PlanStatus.BROKEN and plan.withdrawn is None and not in_procedure(journey)
    return broke and not covering_plan(journey, plan.key) and not pending_plan(journey, plan.key)


def _was_paid_in_time(journey: Journey, plan: Plan, broken_at: datetime, world: World) -> bool:
    broken_on = world.calendar.day_of(broken_at)
    known = journey.contribution(plan.account, plan.period)
    in_time = tuple(it for it in known.payments if it.day(world.calendar) <= broken_on)
    seen = journey.with_contribution(replace(known, payments=in_time))
    since = plan.replied_at or plan.decided_at or plan.requested_at
    owed = [due.left for due in instalments_due(seen, plan) if grace_end(due, since, world) <= broken_at]
    return sum(owed, Decimal(0)) < min(world.policy.small_sum, plan.debt)


def _mend(plan_id: str, broken_at: datetime, journey: Journey, world: World) -> Decided:
    plan = journey.plans[plan_id]
    mended = replace(plan, status=PlanStatus.RUNNING, ended_at=None, mends=plan.mends + 1, mended_at=world.now)
    summary = f"Échéance payée à temps, le délai de paiement reprend : {described(plan)}"
    line = Record(rule="PLN-10", summary=summary, label="decision")
    return _uncounted(journey, plan, broken_at, world.now).with_plan(mended), (line,)


def _uncounted(journey: Journey, plan: Plan, broken_at: datetime, now: datetime) -> Journey:
    """The incident that the break made is no difficulty of the enterprise; the letter of the plan tells it (INC-4)."""
    incident = incident_on(journey, plan)
    if incident is None:
        return journey
    incident = replace(incident, relapses=tuple(it for it in incident.relapses if it != broken_at))
    if incident.opened_at == broken_at and not incident.served:
        incident = replace(incident, cancelled_at=now, contacted_at=None, told_at=None, opened_in_error=True)
    return journey.with_incident(incident)


@ends("broken_plan")
def _review_is_needless(plan_id: str, journey: Journey) -> str | None:
    plan = journey.plans[plan_id]
    if plan.status is not PlanStatus.BROKEN:
        return "l'échéance avait été payée à temps"
    return debt_is_over(incident_id(journey.siren, plan.account, plan.period), journey)
