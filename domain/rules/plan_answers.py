"""PLN-4 and PLN-5: the organisation answers in 72 hours, the enterprise replies to a counter-proposal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.cases import Instalment, Plan, PlanStatus
from domain.duty import Decided, World
from domain.effects import Effect, Publish, Record
from domain.requests import Reply, Request
from domain.rules import commitments
from domain.rules.appointments import offer, open_until
from domain.rules.incidents import is_followed
from domain.rules.plan_requests import instalments_of, misdrawn
from domain.rules.plans import (
    PIECES,
    Answered,
    clock_of,
    described,
    found,
    incident_on,
    lacking,
    left_on,
    redrawn,
)
from domain.state import Journey

BY_POLICY = "policy"
DECISIONS = {"accept": PlanStatus.RUNNING, "refuse": PlanStatus.REFUSED, "counter": PlanStatus.COUNTERED}
WORDS = {
    PlanStatus.RUNNING: "Délai de paiement accordé",
    PlanStatus.REFUSED: "Délai de paiement refusé",
    PlanStatus.COUNTERED: "Contre-proposition de délai de paiement",
}

WITHDRAWN = {"paid": "la somme est payée", "cancelled": "l'incident est annulé", "procedure": "procédure collective"}


def decide(journey: Journey, request: Request, world: World) -> Answered:
    """The organisation's answer, once: accept, refuse with a reason and an appointment, or propose otherwise."""
    plan, status = found(journey, request), DECISIONS[request.data["decision"]]
    if isinstance(plan, Reply):
        return journey, (), plan
    counter = instalments_of(request.data.get("instalments") or []) if status is PlanStatus.COUNTERED else ()
    problem = _undecidable(plan, status, request) or _bad_counter(journey, plan, status, counter, world)
    if problem:
        return journey, (), problem
    if status is PlanStatus.COUNTERED:
        plan = _countered(journey, plan, counter, world)
    answered = replace(plan, reason=request.data.get("note"))
    journey, effects = _decided(journey, answered, status, request.data["by"], world.now)
    if status is PlanStatus.REFUSED:
        journey, offered = offer(journey, "other", plan.id, world.now, open_until("other", world), world)
        effects += offered
    return journey, effects, Reply(200, "PLN-4", f"{WORDS[status]}.", {"status": str(status)})


def _undecidable(plan: Plan, status: PlanStatus, request: Request) -> Reply | None:
    if plan.status not in (PlanStatus.REQUESTED, PlanStatus.INCOMPLETE):
        return Reply(409, "PLN-4", "Cette demande a déjà sa réponse.")
    if status is PlanStatus.RUNNING and plan.missing:
        first = PIECES[plan.missing[0]]
        detail = f"Il manque : {first}. Attendez-la ou notez sa réception ; une contre-proposition est aussi possible."
        return Reply(409, "PLN-2", detail)
    if status is PlanStatus.REFUSED and not request.data.get("note"):
        return Reply(409, "PLN-5", "Un refus porte un motif : indiquez-le.")
    return None


def _bad_counter(
    journey: Journey, plan: Plan, status: PlanStatus, counter: tuple[Instalment, ...], world: World
) -> Reply | None:
    if status is not PlanStatus.COUNTERED:
        return None
    problem = misdrawn(counter, left_on(journey, plan), world)
    if problem:
        return problem
    absent = lacking(journey, redrawn(journey, plan, counter))
    return Reply(409, "PLN-2", f"Cette proposition ne suffit pas : {PIECES[absent[0]]}.") if absent else None


def _countered(journey: Journey, plan: Plan, counter: tuple[Instalment, ...], world: World) -> Plan:
    until = world.calendar.after(world.calendar.next_open(world.now), timedelta(days=world.policy.counter_open_days))
    asked = plan.instalments
    return replace(redrawn(journey, plan, counter), instalments=asked, counter=counter, counter_until=until)


def _decided(journey: Journey, plan: Plan, status: PlanStatus, by: str, now: datetime) -> Decided:
    ended_at = now if status is PlanStatus.REFUSED else None
    decided = replace(plan, status=status, missing=(), decided_at=now, decided_by=by, ended_at=ended_at)
    journey, kept = commitments.keep(journey.with_plan(decided), clock_of(plan), now)
    return journey, (*_said(decided, WORDS[status]), *kept)


def _said(plan: Plan, words: str) -> tuple[Effect, Effect]:
    summary = f"{words} : {described(plan)}"
    rule = "PLN-4" if plan.status is PlanStatus.RUNNING else "PLN-5"
    shown = plan.counter if plan.status is PlanStatus.COUNTERED else plan.instalments
    data = {
        "plan": plan.id,
        "account": plan.account,
        "period": plan.period,
        "status": plan.status,
        "instalments": [{"due_on": it.due_on, "amount": it.amount} for it in shown],
    }
    published = Publish(rule=rule, summary=f"{words} (signalé)", type="plan.decided", data=data)
    return Record(rule=rule, summary=summary, label="decision"), published


def reply(journey: Journey, request: Request, world: World) -> Answered:
    """The enterprise takes the counter-proposal, or does not (PLN-5)."""
    plan = found(journey, request)
    if isinstance(plan, Reply):
        return journey, (), plan
    if plan.status is not PlanStatus.COUNTERED:
        return journey, (), Reply(409, "PLN-5", "Aucune proposition n'attend votre réponse.")
    replied = replace(plan, replied_at=world.now)
    if not request.data["accepted"]:
        journey, effects = _lapsed(journey, replied, "Contre-proposition déclinée par l'entreprise", world.now)
        return journey, effects, Reply(200, "PLN-5", "C'est noté : la proposition est déclinée.", {"status": "refused"})
    running = replace(replied, status=PlanStatus.RUNNING, instalments=plan.counter)
    effects = _said(running, "Contre-proposition acceptée par l'entreprise")
    answer = Reply(200, "PLN-5", "C'est noté : votre délai de paiement commence.", {"status": "running"})
    return journey.with_plan(running), effects, answer


def _lapsed(journey: Journey, plan: Plan, words: str, now: datetime) -> Decided:
    refused = replace(plan, status=PlanStatus.REFUSED, ended_at=now)
    return journey.with_plan(refused), _said(refused, words)


def let_lapse(plan_id: str, journey: Journey, world: World) -> Decided:
    """Silence refuses a counter-proposal (PLN-5)."""
    return _lapsed(journey, journey.plans[plan_id], "Contre-proposition restée sans réponse", world.now)


def accept_by_policy(plan_id: str, journey: Journey, world: World) -> Decided:
    """The answer is late and the delegation allows to grant it without an agent (PLN-4)."""
    return _decided(journey, journey.plans[plan_id], PlanStatus.RUNNING, BY_POLICY, world.now)


def withdraw(plan_id: str, why: str, journey: Journey, world: World) -> Decided:
    """Nothing is left to spread before an answer came: the clock stops, neither kept nor broken."""
    plan = journey.plans[plan_id]
    unsaid = why == "paid" and not _is_told_by_its_incident(journey, plan)
    gone = replace(plan, status=PlanStatus.REFUSED, withdrawn=why, missing=(), ended_at=world.now, unsaid=unsaid)
    line = Record(rule="PLN-4", summary=f"Demande de délai sans objet : {WITHDRAWN[why]}", label="decision")
    journey = journey.with_plan(gone)
    journey, paused = commitments.pause(journey, clock_of(plan), world.now)
    return journey, (line, *paused)


def _is_told_by_its_incident(journey: Journey, plan: Plan) -> bool:
    """The enterprise heard of an incident that ends with this payment: INC-7 thanks for it."""
    incident = incident_on(journey, plan)
    if incident is None or not incident.contacted_at or not is_followed(journey, incident):
        return False
    return incident.closed_at is None or incident.closed_at >= plan.requested_at
