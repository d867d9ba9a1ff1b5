"""MED-1: audits and appeals under way, and the mediation that may be asked for."""

from __future__ import annotations

from dataclasses import replace

from domain.absorption import Absorbed, absorb, noted
from domain.facts import ProceedingChanged
from domain.state import Journey

NAMES = {"audit": "Contrôle", "appeal": "Recours"}


@absorb.register
def _(fact: ProceedingChanged, journey: Journey) -> Absorbed:
    summary = f"{NAMES[fact.proceeding]} {fact.reference} {'ouvert' if fact.opened else 'terminé'}"
    slot = f"{fact.proceeding}:{fact.reference}"
    if not journey.is_newest(slot, fact.at, fact.id):
        return journey, noted("MED-1", summary, fact)
    known = {**journey.proceedings, slot: "open" if fact.opened else "closed"}
    return replace(journey, proceedings=known).stamped(slot, fact.at, fact.id), noted("MED-1", summary, fact)
