"""PLN-1 and PLN-2: a plan asked for, and what makes it none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from itertools import pairwise

from domain.accounts import spelling
from domain.calendar import add_months
from domain.cases import Incident, IncidentStatus, Instalment, Plan
from domain.duty import World
from domain.effects import Effect, Record
from domain.payments import Since
from domain.promises import hours
from domain.requests import Reply, Request
from domain.rules import commitments
from domain.rules.arrears import left_to_pay, paid_on, said_since, status_of
from domain.rules.incidents import incident_id
from domain.rules.plan_pieces import stop
from domain.rules.plans import (
    PIECES,
    Answered,
    covering_plan,
    described,
    incident_on,
    lacking,
    pending_plan,
    total,
)
from domain.rules.term import in_procedure
from domain.state import Journey, Phase
from domain.words import day, euros, the_period


def ask_for_plan(journey: Journey, request: Request, world: World) -> Answered:
    """Open a request, its 72-hour clock stopped at once when the enterprise owes something first (PLN-2)."""
    plan = _asked(journey, request, world)
    problem = _unwelcome(journey, plan, world) or _not_a_plan(plan, world)
    if problem:
        return journey, (), problem
    due_at = world.calendar.after(world.now, hours(world.policy.plan_answer_hours))
    journey, promised = commitments.promise(journey, "plan_answer", "PLN-4", plan.id, world.now, due_at)
    received = Record(rule="PLN-1", summary=f"Demande de délai : {described(plan)}", label="request")
    journey, missing = journey.with_plan(plan), lacking(journey, plan)
    paused: tuple[Effect, ...] = ()
    if missing:
        journey, paused = stop(journey, plan, missing, world.now)
    data = {"id": plan.id, "answer_by": due_at.isoformat(), "missing": list(missing)}
    return journey, (received, promised, *paused), Reply(201, "PLN-2", _next(missing), data)


def _asked(journey: Journey, request: Request, world: World) -> Plan:
    account, period = spelling(journey, request.data.get("account") or journey.account), request.data["period"]
    instalments = instalments_of(request.data["instalments"])
    plan = Plan(
        id=blake2b(f"plan:{journey.siren}:{request.id}".encode(), digest_size=8).hexdigest(),
        account=account,
        period=period,
        instalments=instalments,
        debt=total(instalments),
        requested_at=world.now,
        requested_by=request.data["by"],
    )
    return _on_debt(journey, plan)


def _on_debt(journey: Journey, plan: Plan) -> Plan:
    """With what is left to pay of the period and of its employee share, as far as it is known."""
    owed = owed_on(journey, plan.account, plan.period)
    before = journey.contribution(plan.account, plan.period).received(owed.since)
    drawn = replace(
        plan,
        debt=plan.debt if owed.left is None else owed.left,
        employee_share=owed.share,
        incident_id=owed.incident_id,
        since=owed.since,
        paid_before=before,
    )
    return replace(drawn, outside=_outside(journey, drawn))


def _outside(journey: Journey, plan: Plan) -> Decimal | None:
    """What Urssaf's systems say is missing may leave out payments that nobody told us of."""
    lacks = journey.contribution(plan.account, plan.period).left
    if lacks is None:
        return None if plan.since else Decimal(0)
    return max(lacks - plan.debt, Decimal(0))


@dataclass(frozen=True)
class Owed:
    """What a plan would spread, in euros, ``None`` while unknown, the employee share in it, its incident.

    ``since``: from when payments count on it.
    """

    left: Decimal | None
    share: Decimal | None
    incident_id: str | None = None
    since: Since | None = None


def owed_on(journey: Journey, account: str, period: str) -> Owed:
    """What is left to pay of a period and of its employee share, as far as it is known."""
    known = journey.contribution(account, period)
    incident = journey.incidents.get(incident_id(journey.siren, account, period))
    share = _less(known.employee_share, known.paid)
    if incident is None or not _stands(journey, incident):
        return Owed(known.left, share)
    stated = _less(incident.employee_share, paid_on(journey, incident))
    share = share if stated is None else stated
    return Owed(left_to_pay(journey, incident), share, incident.id, said_since(journey, incident))


def _stands(journey: Journey, incident: Incident) -> bool:
    return status_of(journey, incident) not in (IncidentStatus.PAID, IncidentStatus.CANCELLED)


def _less(amount: Decimal | None, paid: Decimal) -> Decimal | None:
    return None if amount is None else max(amount - paid, Decimal(0))


def instalments_of(data: list[dict[str, str]]) -> tuple[Instalment, ...]:
    """Instalments as a request states them. Raises ``ValueError`` or ``ArithmeticError`` for what is not one."""
    return tuple(Instalment(date.fromisoformat(it["due_on"]), Decimal(it["amount"])) for it in data)


def _next(missing: tuple[str, ...]) -> str:
    if not missing:
        return "La demande est reçue ; la réponse est promise à la date indiquée."
    return f"La demande est reçue ; il manque d'abord : {PIECES[missing[0]]}. Le délai de réponse est suspendu."


def _unwelcome(journey: Journey, plan: Plan, world: World) -> Reply | None:
    incident = incident_on(journey, plan)
    carried = incident is not None and _stands(journey, incident)
    closed = not journey.is_open and not carried
    if journey.phase is Phase.CANDIDATE or closed or in_procedure(journey):
        turn = f"{world.policy.name}, {world.policy.phone}"
        return Reply(409, "PLN-1", f"Aucune demande n'est possible ici. Adressez-vous à {turn}.")
    if covering_plan(journey, plan.key):
        return Reply(
            409, "PLN-2", "Un délai de paiement court déjà sur cette dette. Parlez-en à votre contact à l'Urssaf."
        )
    if pending_plan(journey, plan.key):
        return Reply(
            409, "PLN-2", "Une demande est déjà en cours sur cette dette. Attendez sa réponse, ou complétez-la."
        )
    return None


def _not_a_plan(plan: Plan, world: World) -> Reply | None:
    if plan.debt == 0:
        return Reply(409, "PLN-1", f"Il n'y a rien à payer pour {the_period(plan.period)}.")
    return misdrawn(plan.instalments, plan.debt, world)


def misdrawn(instalments: tuple[Instalment, ...], debt: Decimal, world: World) -> Reply | None:
    """Why instalments cannot make a plan for a debt in euros, and what to do about it (PLN-1)."""
    dates = [it.due_on for it in instalments]
    limit = add_months(world.today, world.policy.plan_max_months)
    if not instalments or any(it.amount <= 0 for it in instalments):
        return Reply(409, "PLN-1", "Indiquez au moins une échéance, chacune d'un montant positif.")
    if dates[0] < world.today or any(later <= earlier for earlier, later in pairwise(dates)):
        return Reply(409, "PLN-1", "Indiquez des dates à venir, de la plus proche à la plus lointaine.")
    if dates[-1] > limit:
        return Reply(
            409, "PLN-2", f"Un délai dure {world.policy.plan_max_months} mois au plus : jusqu'au {day(limit)}."
        )
    if total(instalments) != debt:
        detail = (
            f"La somme des échéances est de {euros(total(instalments))} : elle doit égaler la dette, {euros(debt)}."
        )
        return Reply(409, "PLN-1", detail)
    return None
