"""Where an enterprise stands, in one sentence: the most pressing first."""

from __future__ import annotations

from domain.cases import Incident, IncidentStatus, Plan, PlanStatus
from domain.duty import World
from domain.rules.arrears import left_to_pay
from domain.rules.incidents import NAMES
from domain.rules.plans import clock_of
from domain.rules.term import shown_end
from domain.space.debts import plans
from domain.space.due_lines import lines_ahead, period_label
from domain.state import Journey, Phase
from domain.vocabulary import instant_said
from domain.words import day, euros

STANDING = (IncidentStatus.OPEN, IncidentStatus.HANDED_OVER)

CLOSINGS = {
    "term": "à son terme",
    "account_closed": "avec la fermeture du compte",
    "procedure": "avec l'ouverture d'une procédure collective",
    "declined": "à la demande de l'entreprise",
}


def situation(journey: Journey, world: World) -> str:
    """One French sentence."""
    end = day(shown_end(journey, world.policy))
    if journey.phase is Phase.CLOSED:
        return f"Le parcours s'est terminé le {end}, {CLOSINGS[journey.close_reason or 'term']}."
    return (
        _plan_to_answer(journey, world)
        or _incident(journey)
        or _running_plan(journey, world)
        or (f"Tout est à jour ; le parcours se termine le {end}." if journey.phase is Phase.NOTICE else None)
        or _quiet(journey, world)
    )


def _plan_to_answer(journey: Journey, world: World) -> str | None:
    waiting = (it for it in journey.plans.values() if it.is_pending)
    first = min(waiting, key=lambda it: (it.status is not PlanStatus.REQUESTED, it.requested_at), default=None)
    return _said_of_plan(first, journey, world) if first else None


def _said_of_plan(plan: Plan, journey: Journey, world: World) -> str:
    what = f"un délai de paiement de {euros(plan.debt)} pour {period_label(journey, plan.key)}"
    if plan.status is PlanStatus.INCOMPLETE:
        return f"L'entreprise demande {what} ; il manque une pièce, l'horloge est arrêtée."
    if plan.status is PlanStatus.COUNTERED:
        return f"Une contre-proposition sur {what} attend la réponse de l'entreprise."
    due_at = journey.commitments[clock_of(plan)].due_at.astimezone(world.calendar.zoneinfo)
    return f"L'entreprise demande {what} ; réponse promise avant le {instant_said(due_at)}."


def _incident(journey: Journey) -> str | None:
    standing = [it for it in journey.incidents.values() if it.status in STANDING]
    if not standing:
        return None
    first = min(standing, key=lambda it: it.opened_at)
    others = _others(len(standing) - 1)
    return f"Incident en cours pour {period_label(journey, first.key)} : {_missing(journey, first)}{others}."


def _others(count: int) -> str:
    if count == 0:
        return ""
    return f" ; {count} autres incidents en cours" if count > 1 else " ; un autre incident en cours"


def _missing(journey: Journey, incident: Incident) -> str:
    left = left_to_pay(journey, incident)
    promised = f", paiement promis le {day(incident.promised_on)}" if incident.promised_on else ""
    forced = ", recouvrement forcé" if incident.status is IncidentStatus.HANDED_OVER else ""
    return NAMES[incident.kind] + (f", reste {euros(left)}" if left else "") + promised + forced


def _running_plan(journey: Journey, world: World) -> str | None:
    running = [it for it in plans(journey, world) if it.is_running]
    if not running:
        return None
    ahead = [it for it in running[0].instalments if it.left]
    following = f" ; prochain versement {euros(ahead[0].left)} le {day(ahead[0].due_on)}" if ahead else ""
    return f"Un délai de paiement est en cours pour {running[0].label}{following}."


def _quiet(journey: Journey, world: World) -> str:
    ahead = [it.due_on for it in lines_ahead(journey, world) if it.asks]
    following = f" ; prochaine échéance le {day(ahead[0])}" if ahead else ""
    return f"Rien n'est en difficulté{following}."
