"""PLN: what the enterprise is told of its plan, one letter for each state it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from domain.cases import Instalment, Plan, PlanStatus
from domain.duty import Duty, World
from domain.effects import Purpose, SendMessage
from domain.identifiers import parse_period
from domain.messages import Outgoing, checks
from domain.rules.plans import EMPLOYEE_SHARE, clock_of, described, lost_object, paid_on, raised_on, total
from domain.state import Journey


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """The letter of each plan's present state."""
    for plan in journey.plans.values():
        yield from _LETTERS.get(plan.status, _none)(journey, plan, world)


def _none(_journey: Journey, _plan: Plan, _world: World) -> Iterator[Duty]:
    """A broken plan is told as the incident it makes (INC-2)."""
    yield from ()


def _requested(journey: Journey, plan: Plan, world: World) -> Iterator[Duty]:
    answer_by = journey.commitments[clock_of(plan)].due_at
    late = {"is_late": plan.incident_id is not None}
    facts = {**_drawn(plan, plan.instalments), **late, **_moment("answer", answer_by, world)}
    if plan.completed_at:
        once = plan.completed_at.isoformat()
        yield _letter(plan, "plan_resumed", "PLN-3", plan.completed_at, facts, once=once, immediate=True)
    else:
        yield _letter(plan, "plan_received", "PLN-2", plan.requested_at, facts, immediate=True)


def _incomplete(journey: Journey, plan: Plan, _: World) -> Iterator[Duty]:
    clock = journey.commitments[clock_of(plan)]
    since = clock.paused_at or clock.started_at
    facts = {
        **_drawn(plan, plan.instalments),
        "pieces": list(plan.missing),
        "just_asked": since == clock.started_at,
        "share_amount": plan.employee_share if EMPLOYEE_SHARE in plan.missing else None,
        "covered_amount": max(paid_on(journey, plan), plan.instalments[0].amount),
    }
    once = f"{since.isoformat()}:{'+'.join(plan.missing)}"
    yield _letter(plan, "plan_incomplete", "PLN-3", since, facts, once=once, immediate=True)


def _countered(_journey: Journey, plan: Plan, world: World) -> Iterator[Duty]:
    if plan.decided_at and plan.counter_until:
        facts = {**_drawn(plan, plan.counter), **_moment("until", plan.counter_until, world), "note": plan.reason}
        yield _letter(plan, "plan_countered", "PLN-5", plan.decided_at, facts, until=plan.counter_until)


def _running(_journey: Journey, plan: Plan, _world: World) -> Iterator[Duty]:
    if plan.decided_at:
        at, facts = plan.replied_at or plan.decided_at, _drawn(plan, plan.instalments)
        yield _letter(plan, "plan_accepted", "PLN-4", at, facts, immediate=plan.replied_at is not None)
    if plan.mended_at:
        facts = _drawn(plan, plan.instalments)
        yield _letter(plan, "plan_mended", "PLN-10", plan.mended_at, facts, once=str(plan.mends))


def _refused(_journey: Journey, plan: Plan, _world: World) -> Iterator[Duty]:
    ended_at = plan.ended_at or plan.requested_at
    if plan.withdrawn:
        if plan.unsaid:
            yield _letter(plan, "plan_unneeded", "PLN-4", ended_at, _drawn(plan, plan.instalments))
    elif plan.counter:
        facts = {**_drawn(plan, plan.counter), "declined": plan.replied_at is not None}
        yield _letter(plan, "plan_lapsed", "PLN-5", ended_at, facts, immediate=plan.replied_at is not None)
    else:
        facts = {**_drawn(plan, plan.instalments), "note": plan.reason}
        yield _letter(plan, "plan_refused", "PLN-5", ended_at, facts)


def _kept(journey: Journey, plan: Plan, _world: World) -> Iterator[Duty]:
    if plan.ended_at and not plan.withdrawn:
        facts = {**_drawn(plan, plan.instalments), "beyond": raised_on(journey, plan) or None}
        yield _letter(plan, "plan_kept", "PLN-8", plan.ended_at, facts)


_LETTERS: dict[PlanStatus, Callable[[Journey, Plan, World], Iterator[Duty]]] = {
    PlanStatus.REQUESTED: _requested,
    PlanStatus.INCOMPLETE: _incomplete,
    PlanStatus.COUNTERED: _countered,
    PlanStatus.RUNNING: _running,
    PlanStatus.REFUSED: _refused,
    PlanStatus.KEPT: _kept,
}

_TOLD = {
    "plan_received": PlanStatus.REQUESTED,
    "plan_resumed": PlanStatus.REQUESTED,
    "plan_incomplete": PlanStatus.INCOMPLETE,
    "plan_countered": PlanStatus.COUNTERED,
    "plan_accepted": PlanStatus.RUNNING,
    "plan_unneeded": PlanStatus.REFUSED,
    "plan_lapsed": PlanStatus.REFUSED,
    "plan_refused": PlanStatus.REFUSED,
    "plan_kept": PlanStatus.KEPT,
    "plan_mended": PlanStatus.RUNNING,
}

_SUMMARIES = {
    "plan_received": "Accusé de réception de la demande de délai",
    "plan_resumed": "Dossier complet, le délai de réponse court de nouveau",
    "plan_incomplete": "Pièces attendues, le délai de réponse est suspendu",
    "plan_countered": "Contre-proposition de délai de paiement",
    "plan_accepted": "Délai de paiement accordé",
    "plan_unneeded": "Demande de délai sans objet, tout est payé",
    "plan_lapsed": "Contre-proposition non retenue",
    "plan_refused": "Délai de paiement refusé, avec le motif",
    "plan_kept": "Merci : délai de paiement respecté",
    "plan_mended": "Échéance payée à temps, le délai de paiement continue",
}


def _drawn(plan: Plan, instalments: tuple[Instalment, ...]) -> dict[str, Any]:
    return {
        "plan": plan.id,
        "period_label": parse_period(plan.period).label,
        "amount": total(instalments),
        "instalments": [{"due_on": it.due_on, "amount": it.amount} for it in instalments],
    }


def _moment(name: str, at: datetime, world: World) -> dict[str, Any]:
    local = at.astimezone(world.calendar.zoneinfo)
    return {f"{name}_on": local.date(), f"{name}_hour": f"{local:%H h %M}"}


def _letter(
    plan: Plan,
    template: str,
    rule: str,
    at: datetime,
    facts: dict[str, Any],
    *,
    once: str = "",
    immediate: bool = False,
    until: datetime | None = None,
) -> Duty:
    subject = f"{template}:{plan.id}:{once}".rstrip(":")
    message = SendMessage(
        rule=rule,
        summary=f"{_SUMMARIES[template]} : {described(plan)}",
        subject=subject,
        template=template,
        purpose=Purpose.CASE,
        facts=facts,
        copy_accountant=True,
        immediate=immediate,
        critical=True,
        valid_until=until,
    )
    return Duty.of(at, f"{rule}:{subject}", (message,), until=until)


@checks(*_TOLD)
def _holds(message: Outgoing, journey: Journey) -> str | None:
    plan = journey.plans[message.facts["plan"]]
    if plan.status is not _TOLD[message.template]:
        return "la demande de délai a changé d'état entre-temps"
    if plan.status is PlanStatus.INCOMPLETE and message.facts["pieces"] != list(plan.missing):
        return "les pièces attendues ont changé entre-temps"
    over = plan.is_pending or plan.status is PlanStatus.RUNNING
    return "il n'y a plus rien à étaler" if over and lost_object(journey, plan) else None
