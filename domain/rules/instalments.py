"""PLN-6 to PLN-8: the instalments of a plan that runs, reminded, counted in order, missed or kept to the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import accumulate

from domain.cases import Plan, PlanStatus
from domain.duty import Decided, Duty, World
from domain.effects import OpenTask, Purpose, Record, SendMessage
from domain.identifiers import parse_period
from domain.messages import Outgoing, checks
from domain.obligations import reminder_day, spread_instant
from domain.rules.due_dates import RESERVE
from domain.rules.incidents import open_incident
from domain.rules.plans import described, left_on, lost_object, paid_on, share_left
from domain.state import Journey
from domain.tasks import ends
from domain.words import day, euros, of_period

ENDS = {
    "paid": "respecté jusqu'au bout",
    "small": "respecté à une petite somme près, qui n'est pas réclamée",
    "cancelled": "sans objet, l'incident est annulé",
    "procedure": "arrêté par une procédure collective",
}


@dataclass(frozen=True)
class Due:
    """One instalment of a running plan, ``number`` from 1, and what is left to pay of it in euros."""

    plan: Plan
    number: int
    due_on: date
    left: Decimal

    @property
    def name(self) -> str:
        """French words for timelines and tasks."""
        count = len(self.plan.instalments)
        return f"échéance {self.number} sur {count} du délai {of_period(self.plan.period)}, le {day(self.due_on)}"


def instalments_due(journey: Journey, plan: Plan) -> Iterator[Due]:
    """Each instalment with what is left of it: payments count in the order of the dates."""
    paid, rest = paid_on(journey, plan), left_on(journey, plan)
    for number, instalment in enumerate(plan.instalments, start=1):
        counted = min(paid, instalment.amount)
        paid -= counted
        yield Due(plan, number, instalment.due_on, min(instalment.amount - counted, rest))


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """What running plans still ask for; they outlive the journey (EXT-6)."""
    for plan in journey.plans.values():
        if plan.decided_at and plan.status is PlanStatus.RUNNING:
            yield from _running(journey, plan, plan.replied_at or plan.decided_at, world)


def _running(journey: Journey, plan: Plan, since: datetime, world: World) -> Iterator[Duty]:
    lost = lost_object(journey, plan)
    if lost:
        yield Duty(since, f"PLN-8:{plan.id}", partial(_end, plan.id, lost))
        return
    owed = [due for due in instalments_due(journey, plan) if due.left > 0]
    for due in owed:
        yield from _reminder(journey, due, since, world)
    breaking = _breaking(plan, owed, world)
    if breaking:
        yield _miss(breaking, since, world)
    else:
        yield _kept_but_for_little(owed[-1], since, world)


def _breaking(plan: Plan, owed: list[Due], world: World) -> Due | None:
    """The instalment from which what is missing is no small sum any more (INC-9), or all of a debt that is one."""
    enough = min(world.policy.small_sum, plan.debt)
    missing = accumulate(due.left for due in owed)
    return next((due for due, so_far in zip(owed, missing, strict=True) if so_far >= enough), None)


def _end(plan_id: str, why: str, journey: Journey, world: World) -> Decided:
    plan = journey.plans[plan_id]
    status = PlanStatus.BROKEN if why == "procedure" else PlanStatus.KEPT
    ended = replace(plan, status=status, ended_at=world.now, withdrawn=None if why in ("paid", "small") else why)
    summary = f"Délai de paiement {ENDS[why]} : {described(plan)}"
    return journey.with_plan(ended), (Record(rule="PLN-8", summary=summary, label="decision"),)


def _reminder(journey: Journey, due: Due, since: datetime, world: World) -> Iterator[Duty]:
    plan = due.plan
    on = reminder_day(due.due_on, world.policy.reminder_lead_days, world.calendar)
    at = spread_instant(f"{journey.siren}:{plan.id}:{due.number}", on, world.calendar, RESERVE)
    if at <= since:  # the letter that grants the plan has just said it
        return
    key, until = f"PLN-6:{plan.id}:{due.number}", world.closing(_payable_on(due, world))
    yield Duty(at, key, lambda it, _: (it, (_message(due, until),)), until, partial(_too_late, due), in_window=True)


def _payable_on(due: Due, world: World) -> date:
    return world.calendar.working_day_on_or_after(due.due_on)


def _message(due: Due, until: datetime) -> SendMessage:
    return SendMessage(
        rule="PLN-6",
        summary=f"Rappel : {due.name}, {euros(due.left)}",
        subject=f"instalment:{due.plan.id}:{due.number}",
        template="instalment_reminder",
        purpose=Purpose.CASE,
        facts={
            "plan": due.plan.id,
            "number": due.number,
            "count": len(due.plan.instalments),
            "period_label": parse_period(due.plan.period).label,
            "due_on": due.due_on,
            "amount": due.left,
        },
        copy_accountant=True,
        critical=True,
        valid_until=until,
    )


def _too_late(due: Due, journey: Journey, world: World) -> Decided:
    skipped = Record(rule="PLN-6", summary=f"Rappel trop tardif, non envoyé : {due.name}", label="skipped")
    call = OpenTask(
        rule="PLN-6",
        summary=f"Appeler l'entreprise, sans rappel avant sa date : {due.name}",
        key=f"PLN-6:late:{due.plan.id}:{due.number}",
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, 1)),
        guidance=(
            f"Reste à payer : {euros(due.left)}, échéance du {day(due.due_on)}",
            "Dire qu'aucun rappel n'est parti, et vérifier que le paiement est prévu",
        ),
        about=f"instalment:{due.plan.id}:{due.number}",
    )
    return journey, (skipped, call)


def _miss(due: Due, since: datetime, world: World) -> Duty:
    """The plan breaks at the end of the days of grace."""
    return Duty(grace_end(due, since, world), f"PLN-7:{_once(due.plan)}", partial(_break, due))


def _once(plan: Plan) -> str:
    """A plan that was mended may break again (PLN-10)."""
    return f"{plan.id}:{plan.mends}" if plan.mends else plan.id


def _kept_but_for_little(last: Due, since: datetime, world: World) -> Duty:
    at = grace_end(last, since, world)
    return Duty(at, f"PLN-8:{last.plan.id}", partial(_end, last.plan.id, "small"))


def grace_end(due: Due, since: datetime, world: World) -> datetime:
    """When an instalment breaks its plan; counted from the decision (``since``) when that came after its date."""
    start = max(_payable_on(due, world), world.calendar.day_of(since))
    return world.closing(world.calendar.add_working_days(start, world.policy.instalment_grace_working_days))


def _break(due: Due, journey: Journey, world: World) -> Decided:
    plan, left = journey.plans[due.plan.id], left_on(journey, due.plan)
    review = _review(due, world)
    broken = Record(rule="PLN-7", summary=f"Délai de paiement rompu : {due.name}, {euros(due.left)}", label="decision")
    journey = journey.with_plan(replace(plan, status=PlanStatus.BROKEN, ended_at=world.now))
    journey = open_incident(
        journey,
        account=plan.account,
        period=plan.period,
        kind="unpaid",
        amount=left,
        employee_share=share_left(journey, plan),
        due_on=journey.contribution(plan.account, plan.period).due_on,
        at=world.now,
        event_id=f"plan:{plan.id}",
    )
    return journey, (broken, review)


def _review(due: Due, world: World) -> OpenTask:
    days = world.policy.incident_call_working_days
    return OpenTask(
        rule="PLN-7",
        summary=f"Revoir le délai rompu avec l'entreprise : {due.name}",
        key=f"PLN-7:{_once(due.plan)}",
        task="plan_broken",
        due_at=world.closing(world.calendar.add_working_days(world.today, days)),
        guidance=(
            f"Il manque {euros(due.left)} sur cette échéance",
            "Comprendre ce qui s'est passé, sans reproche",
            "Une nouvelle demande de délai reste possible",
        ),
        about=f"broken_plan:{due.plan.id}",
    )


@ends("instalment", final=True)
def _call_is_needless(instalment: str, journey: Journey) -> str | None:
    plan_id, _, number = instalment.rpartition(":")
    plan = journey.plans[plan_id]
    if plan.status is not PlanStatus.RUNNING:
        return "le délai de paiement est terminé"
    return None if any(due.left for due in instalments_due(journey, plan) if str(due.number) == number) else "déjà payé"


@checks("instalment_reminder")
def _reminder_holds(message: Outgoing, journey: Journey) -> str | None:
    plan = journey.plans[message.facts["plan"]]
    if plan.status is not PlanStatus.RUNNING or lost_object(journey, plan):
        return "le délai de paiement est terminé"
    left = next(due.left for due in instalments_due(journey, plan) if due.number == message.facts["number"])
    if left == 0:
        return "échéance payée entre-temps"
    return None if left == Decimal(message.facts["amount"]) else "versement reçu entre-temps"
