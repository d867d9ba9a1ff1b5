"""A problem told is a request answered in writing, no mediation asked for: the enterprise chooses (ASK-1, MED-1)."""

from __future__ import annotations

from domain.duty import World
from domain.requests import Reply, Request
from domain.rules.asked_in_writing import Answered, Kind, receive
from domain.state import Journey, Phase

PROBLEM = Kind(
    rule="ASK-1",
    name="problem",
    words="signalement d'un problème",
    task="request",
    summary="Problème signalé par l'entreprise : répondre par écrit",
    guidance=(
        "Lire ce que l'entreprise a écrit, et corriger ce qui peut l'être",
        "Ce n'est pas une médiation : l'entreprise peut la demander à part",
    ),
)


def tell_problem(journey: Journey, request: Request, world: World) -> Answered:
    """Take what the enterprise tells, whatever procedure is under way."""
    if journey.phase is Phase.CANDIDATE:
        return journey, (), Reply(409, "ASK-1", "Aucun parcours n'est ouvert pour cette entreprise.")
    return receive(journey, request, world, PROBLEM)
