"""INC: payment incidents, from the first word to the end."""

from __future__ import annotations

from domain.absorption import Absorbed, absorb, noted
from domain.facts import IncidentCancelled, IncidentDetected
from domain.state import Journey


@absorb.register
def _(fact: IncidentDetected, journey: Journey) -> Absorbed:
    return journey, noted("INC-1", f"Incident de paiement signalé pour {fact.period} : {fact.kind}", fact)


@absorb.register
def _(fact: IncidentCancelled, journey: Journey) -> Absorbed:
    return journey, noted("INC-7", f"Incident de paiement annulé pour {fact.period}", fact)
