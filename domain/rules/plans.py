"""PLN: what is known of payment plans: which one covers a period, what is left on it, what it still lacks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from domain.cases import Incident, IncidentStatus, Instalment, Plan, PlanStatus
from domain.effects import Effect
from domain.identifiers import parse_period
from domain.requests import Reply, Request
from domain.rules.incidents import DECLARATIONS, incident_id
from domain.rules.term import in_procedure
from domain.state import Journey
from domain.words import euros

COVERED = "un délai de paiement accordé remplace l'échéance"
"""Why a period is neither reminded nor corrected, in French (REM-3, PLN-6)."""

Answered = tuple[Journey, tuple[Effect, ...], Reply]

EMPLOYEE_SHARE, DECLARATION = "employee_share", "declaration"
CHECKED = (EMPLOYEE_SHARE, DECLARATION)
"""What is checked against the facts (CSS R243-21); an agent says what becomes of the other pieces."""

PIECES = {
    EMPLOYEE_SHARE: "part salariale à payer d'abord",
    DECLARATION: "DSN de la période à déposer",
    "cash_forecast": "prévisionnel de trésorerie",
    "bank_statements": "derniers relevés de compte",
    "accounts": "derniers comptes annuels",
    "mandate": "mandat de prélèvement signé",
}
"""What a request may lack, in French."""

NOTHING = Decimal(0)


def covering_plan(journey: Journey, key: str) -> Plan | None:
    """The plan that runs on a contribution's key, ``account/period`` (REM-3, PLN-6)."""
    return next((it for it in journey.plans.values() if it.key == key and it.status is PlanStatus.RUNNING), None)


def pending_plan(journey: Journey, key: str) -> Plan | None:
    """The plan whose answer is awaited on a contribution's key, from the organisation or from the enterprise."""
    return next((it for it in journey.plans.values() if it.key == key and it.is_pending), None)


def total(instalments: tuple[Instalment, ...]) -> Decimal:
    """Their sum in euros."""
    return sum((it.amount for it in instalments), Decimal(0))


def described(plan: Plan) -> str:
    """A plan in one French line: period, instalments, total."""
    count = len(plan.instalments)
    return f"{parse_period(plan.period).label}, {count} échéance{'s' * (count > 1)}, {euros(total(plan.instalments))}"


def clock_of(plan: Plan) -> str:
    """The id of its commitment (SVC-1)."""
    return f"plan_answer:{plan.id}"


def found(journey: Journey, request: Request) -> Plan | Reply:
    """The plan a request is about, or the reply that it is unknown."""
    plan = journey.plans.get(request.data["plan"])
    return plan or Reply(404, "PLN-1", "Cette demande de délai est inconnue.")


def incident_on(journey: Journey, plan: Plan) -> Incident | None:
    """The incident of a plan's period, whatever its status (INC-1)."""
    return journey.incidents.get(incident_id(journey.siren, plan.account, plan.period))


def paid_on(journey: Journey, plan: Plan) -> Decimal:
    """What was paid since its debt was said and its instalments drawn up, in euros."""
    return journey.contribution(plan.account, plan.period).paid_since(plan.since, plan.paid_before)


def left_on(journey: Journey, plan: Plan) -> Decimal:
    """What is left to pay on a plan, in euros: never more than the period itself lacks."""
    left = max(plan.debt - paid_on(journey, plan), NOTHING)
    lacks = journey.contribution(plan.account, plan.period).left
    return left if lacks is None or _estimated(journey, plan) else min(left, lacks)


def _estimated(journey: Journey, plan: Plan) -> bool:
    """Its debt stands for a declaration that is missing, and the amount was not stated again since (REM-4)."""
    incident, stated = incident_on(journey, plan), journey.as_of.get(f"due:{plan.key}")
    missing = incident is not None and incident.kind in DECLARATIONS
    return missing and (stated is None or stated[0] <= plan.requested_at)


def raised_on(journey: Journey, plan: Plan) -> Decimal:
    """What the period lacks beyond the plan, in euros, by an amount raised since it was asked (REM-4)."""
    lacks = journey.contribution(plan.account, plan.period).left
    if lacks is None or plan.outside is None or _estimated(journey, plan):
        return NOTHING
    return max(lacks - left_on(journey, plan) - plan.outside, NOTHING)


def lacking(journey: Journey, plan: Plan) -> tuple[str, ...]:
    """What the law asks before a plan and is not there: employee share, declarations (CSS R243-21, PLN-2)."""
    early = max(paid_on(journey, plan), plan.instalments[0].amount)
    lacks_share = plan.employee_share is not None and early < plan.employee_share
    incident = incident_on(journey, plan)
    undeclared = incident is not None and incident.kind == "undeclared" and _stands(incident)
    return (EMPLOYEE_SHARE,) * lacks_share + (DECLARATION,) * undeclared


def _stands(incident: Incident) -> bool:
    return incident.cancelled_at is None and incident.status is not IncidentStatus.PAID


def lost_object(journey: Journey, plan: Plan) -> str | None:
    """Why nothing is left to spread: ``paid``, ``cancelled`` with the incident it was asked for, ``procedure``."""
    if in_procedure(journey):
        return "procedure"
    if left_on(journey, plan) == 0:
        return "paid"
    incident = journey.incidents.get(plan.incident_id or "")
    cancelled = incident is not None and incident.cancelled_at is not None
    # A missing declaration that arrived cancels its incident; what it declares stays due.
    return "cancelled" if cancelled and incident and incident.kind != "undeclared" else None


def share_left(journey: Journey, plan: Plan) -> Decimal | None:
    """What is left to pay of the employee share, in euros, ``None`` when it is not known."""
    return None if plan.employee_share is None else max(plan.employee_share - paid_on(journey, plan), NOTHING)


def redrawn(journey: Journey, plan: Plan, instalments: tuple[Instalment, ...]) -> Plan:
    """The plan on what is left now: what was paid before does not count again."""
    known = journey.contribution(plan.account, plan.period)
    left, share = left_on(journey, plan), share_left(journey, plan)
    before = known.received(plan.since)
    return replace(plan, instalments=instalments, debt=left, employee_share=share, paid_before=before)
