"""MED-1: audits and appeals under way, and the mediation that may be asked for."""

from __future__ import annotations

from domain.absorption import Absorbed, absorb, noted
from domain.duty import World
from domain.effects import Queue
from domain.facts import ProceedingChanged
from domain.requests import Reply, Request
from domain.rules.asked_in_writing import Answered, Kind, receive
from domain.state import Journey, Phase

NAMES = {"audit": "Contrôle", "appeal": "Recours"}
UNDER_WAY = {
    "audit": "un contrôle est en cours. Attendez sa fin, ou présentez vos observations dans sa procédure",
    "appeal": "un recours est en cours devant la commission de recours amiable. Attendez sa décision",
}

MEDIATION = Kind(
    rule="MED-1",
    name="mediation",
    words="demande de médiation",
    task="mediation",
    summary="Demande de médiation : répondre à l'entreprise et saisir le médiateur",
    guidance=(
        "La médiation porte sur la façon dont le dossier a été traité, pas sur la lecture du droit",
        "Sinon, indiquer la commission de recours amiable et son délai de deux mois",
    ),
    queue=Queue.MEDIATOR,
)


@absorb.register
def _(fact: ProceedingChanged, journey: Journey) -> Absorbed:
    summary = f"{NAMES[fact.proceeding]} {fact.reference} {'ouvert' if fact.opened else 'terminé'}"
    slot = f"{fact.proceeding}:{fact.reference}"
    if not journey.is_newest(slot, fact.at, fact.id):
        return journey, noted("MED-1", summary, fact)
    known = {**journey.proceedings, slot: "open" if fact.opened else "closed"}
    return journey.but(proceedings=known).stamped(slot, fact.at, fact.id), noted("MED-1", summary, fact)


def ask_for_mediation(journey: Journey, request: Request, world: World) -> Answered:
    """Open a mediation about how a case was handled, or refuse it with the reason."""
    if journey.phase is Phase.CANDIDATE:
        return journey, (), Reply(409, "MED-1", "Aucun parcours n'est ouvert pour cette entreprise.")
    reason = _obstacle(journey)
    if reason:
        return journey, (), Reply(409, "MED-1", f"La médiation n'est pas ouverte maintenant : {reason}.")
    return receive(journey, request, world, MEDIATION)


def _obstacle(journey: Journey) -> str | None:
    under_way = {slot.partition(":")[0] for slot, state in journey.proceedings.items() if state == "open"}
    return next((words for proceeding, words in UNDER_WAY.items() if proceeding in under_way), None)
