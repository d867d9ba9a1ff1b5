"""INC-5, INC-6 and INC-10: the steps of recovery, and the hold on them."""

from __future__ import annotations

from domain.absorption import Absorbed, absorb, noted
from domain.cases import Stage
from domain.facts import RecoveryServed
from domain.state import Journey
from domain.words import day, euros

NAMES = {Stage.NOTICE: "Mise en demeure", Stage.WRIT: "Contrainte"}


@absorb.register
def _(fact: RecoveryServed, journey: Journey) -> Absorbed:
    summary = f"{NAMES[fact.stage]} pour {fact.period}, {euros(fact.amount)}, délai le {day(fact.reply_by)}"
    return journey, noted("INC-10", summary, fact)
