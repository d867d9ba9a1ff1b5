"""PLN-4 and PLN-5: the work and the warnings before an answer is late, what a late one becomes, silence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from domain.cases import Plan, PlanStatus
from domain.duty import Decided, Duty, World
from domain.effects import OpenTask, Queue, Record
from domain.promises import Commitment, hours
from domain.requests import Ask
from domain.rules.plan_answers import accept_by_policy, let_lapse, withdraw
from domain.rules.plans import clock_of, described, lost_object
from domain.state import Journey
from domain.tasks import ends
from domain.words import day, euros


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """What each request that awaits an answer still asks of somebody."""
    for plan in journey.plans.values():
        lost = lost_object(journey, plan) if plan.is_pending else None
        if lost:
            yield Duty(plan.requested_at, f"PLN-4:{plan.id}:{lost}", partial(withdraw, plan.id, lost))
        elif plan.status is PlanStatus.REQUESTED:
            yield from _awaited(plan, journey.commitments[clock_of(plan)], world)
        elif plan.counter_until and plan.status is PlanStatus.COUNTERED:
            yield Duty(plan.counter_until, f"PLN-5:{plan.id}:silence", partial(let_lapse, plan.id))


def _awaited(plan: Plan, clock: Commitment, world: World) -> Iterator[Duty]:
    key = f"PLN-4:{plan.id}:{clock.due_at.isoformat()}"
    yield Duty.of(plan.completed_at or plan.requested_at, f"{key}:work", (_work(plan, clock, key),))
    if clock.breached_at:
        yield _breach(plan, clock, key, world)
        return
    policy = world.policy
    yield _warning(plan, clock, key, policy.plan_warn_referent_hours, Queue.REFERENT, world)
    yield _warning(plan, clock, key, policy.plan_warn_supervisor_hours, Queue.SUPERVISOR, world)


DECIDE = ("Accorder, contre-proposer, ou refuser avec un motif et un rendez-vous",)


def _work(plan: Plan, clock: Commitment, key: str) -> OpenTask:
    check = "Vérifier que la part salariale est payée : son montant n'est pas connu ici"
    share = check if plan.employee_share is None else "Part salariale et déclarations vérifiées par le parcours"
    return OpenTask(
        rule="PLN-4",
        summary=f"Répondre à la demande de délai : {described(plan)}",
        key=f"{key}:work",
        task="plan_answer",
        due_at=clock.due_at,
        about=f"plan:{plan.id}",
        guidance=(
            *(f"{day(it.due_on)} : {euros(it.amount)}" for it in plan.instalments),
            share,
            *DECIDE,
        ),
    )


def _warning(plan: Plan, clock: Commitment, key: str, mark: int, queue: Queue, world: World) -> Duty:
    """At the last useful hour before its mark; when that was over before the request, at the next opening (SVC-1)."""
    before = hours(world.policy.plan_answer_hours - mark)
    marked_at = world.calendar.after(clock.due_at, -before)
    useful, asked_at = world.calendar.last_useful_hour(marked_at), plan.completed_at or plan.requested_at
    at = useful if useful > asked_at else world.calendar.next_open(marked_at)
    name = f"{key}:{mark}"
    return Duty(at, name, partial(_warn, plan, clock, name, queue), clock.due_at, partial(_warned_too_late, mark))


def _warn(plan: Plan, clock: Commitment, key: str, queue: Queue, journey: Journey, _: World) -> Decided:
    task = OpenTask(
        rule="PLN-4",
        summary=f"Réponse bientôt en retard à une demande de délai : {described(plan)}",
        key=key,
        task="plan_answer",
        due_at=clock.due_at,
        queue=queue,
        guidance=DECIDE,
        about=f"plan:{plan.id}",
    )
    return journey, (task,)


def _warned_too_late(mark: int, journey: Journey, _: World) -> Decided:
    summary = f"Alerte des {mark} heures passée : l'échéance aussi"
    return journey, (Record(rule="PLN-4", summary=summary, label="skipped"),)


def _breach(plan: Plan, clock: Commitment, key: str, world: World) -> Duty:
    """What the organisation's policy does with an answer that is late (PLN-4)."""
    at = clock.breached_at or clock.due_at
    if world.policy.plan_breach == "accept" and _within_delegation(plan, world):
        return Duty(at, f"{key}:accept", partial(accept_by_policy, plan.id))
    task = OpenTask(
        rule="PLN-4",
        summary=f"Décider aujourd'hui : la réponse à la demande de délai est en retard ({described(plan)})",
        key=f"{key}:escalate",
        task="plan_answer",
        due_at=world.closing(world.calendar.day_of(world.calendar.next_open(at))),
        queue=Queue.SUPERVISOR,
        guidance=DECIDE,
        about=f"plan:{plan.id}",
    )
    return Duty.of(at, f"{key}:escalate", (task,))


@ends("plan", final=True, deeds=(Ask.DECIDE_PLAN,))
def _answer_is_needless(plan_id: str, journey: Journey) -> str | None:
    plan = journey.plans[plan_id]
    if plan.status is PlanStatus.INCOMPLETE:
        return "une pièce est attendue de l'entreprise"
    return None if plan.status is PlanStatus.REQUESTED else "la demande n'attend plus de réponse"


def _within_delegation(plan: Plan, world: World) -> bool:
    policy = world.policy
    return len(plan.instalments) <= policy.plan_accept_max_instalments and plan.debt <= policy.plan_accept_max_amount
