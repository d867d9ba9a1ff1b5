"""INC-11: double payments and refunds."""

from __future__ import annotations

from domain.absorption import Absorbed, absorb, noted
from domain.facts import RefundOwed
from domain.state import Journey
from domain.words import euros


@absorb.register
def _(fact: RefundOwed, journey: Journey) -> Absorbed:
    what = "Double paiement" if fact.doubled else "Remboursement dû"
    return journey, noted("INC-11", f"{what} pour {fact.period} : {euros(fact.amount)}", fact)
