"""Nobody is asked to call an enterprise without a number: what had to be said is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.effects import Effect, OpenTask
from domain.rules.appointments import has_phone
from domain.state import Journey

UNKNOWN = "Aucun numéro de téléphone n'est connu : écrire, et demander où appeler"


def in_writing(journey: Journey, effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Effects whose calls to the enterprise are letters of an agent while no number is known."""
    if has_phone(journey):
        return tuple(effects)
    return tuple(_letter(it) if isinstance(it, OpenTask) and it.is_call else it for it in effects)


def _letter(call: OpenTask) -> OpenTask:
    summary = call.summary.replace("Appeler l'entreprise", "Écrire à l'entreprise, sans numéro connu", 1)
    return replace(call, task="letter", summary=summary, guidance=(UNKNOWN, *call.guidance))
