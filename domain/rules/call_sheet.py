"""INC-3: what an agent has to know and to say when calling about an incident: which time it is, what helps."""

from __future__ import annotations

from domain.cases import ANNOUNCED, Incident
from domain.duty import World
from domain.rules.arrears import left_to_pay, number_of
from domain.rules.incidents import NAMES, REJECTED
from domain.rules.ladder import thirtieth_day
from domain.rules.plans import pending_plan
from domain.rules.right_to_error import may_be_told
from domain.state import Journey
from domain.words import capital, day, euros, the_period

PAYING = "Proposer : payer maintenant, une date promise, un délai de paiement"
HELP = {
    "unpaid": ("Demander si le paiement est déjà parti, et par quel moyen", PAYING),
    REJECTED: ("Vérifier que la banque connaît le mandat SEPA interentreprises, et que le compte est le bon", PAYING),
    "partial_payment": ("Demander ce qui explique l'écart : erreur, désaccord, trésorerie", PAYING),
    "undeclared": (
        "Chercher ce qui bloque la déclaration : logiciel, cabinet, habilitation",
        "Rappeler qu'elle est due même sans paie, et qu'elle peut être déposée dès maintenant",
    ),
    "dsn_technical": (
        "Aider à déposer de nouveau la DSN : l'incident est technique, l'entreprise n'est pas en faute",
        "Dire que la remise des pénalités est demandée d'office",
    ),
    ANNOUNCED: (
        "Remercier d'avoir prévenu, demander de quel montant il s'agit et jusqu'à quand",
        "Proposer un délai de paiement, possible avant même l'échéance",
    ),
}
"""What helps, by kind of incident (INC-1)."""


def incident_sheet(journey: Journey, incident: Incident, world: World) -> tuple[str, ...]:
    """The guidance of a call about an incident, in French, one line each; INC-5: what the 30th day changes."""
    lines = [
        f"{capital(NAMES[incident.kind])} pour {the_period(incident.period)}, {_rank(journey, incident, world)}",
        _owed(journey, incident),
        "Comprendre ce qui s'est passé, sans reproche",
    ]
    if incident.relapses:
        lines.append("Un délai de paiement a été rompu sur cette période : une nouvelle demande reste possible")
    thirtieth = thirtieth_day(incident, world)
    if thirtieth and may_be_told(journey, incident, world):
        lines.append(
            f"Payé, ou un délai signé, le {day(thirtieth)} au plus tard : les majorations peuvent être évitées"
        )
    if pending_plan(journey, incident.key):
        return (*lines, "Un délai de paiement est demandé : dire quand la réponse est promise")
    return (*lines, *HELP[incident.kind])


def _rank(journey: Journey, incident: Incident, world: World) -> str:
    """Which difficulty of the rolling months it is (INC-4)."""
    number = number_of(journey, incident, world)
    rank = f"{number}e difficulté" if number > 1 else "première difficulté"
    return f"{rank} en {world.policy.repetition_months} mois"


def _owed(journey: Journey, incident: Incident) -> str:
    left = left_to_pay(journey, incident)
    owed = "Montant non communiqué" if left is None else f"Reste à payer : {euros(left)}"
    return f"{owed}, échéance du {day(incident.due_on)}" if incident.due_on else owed
