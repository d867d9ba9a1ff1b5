"""A payment plan to decide: the debt, what the law asks first, the schedule, side by side (PLN-2, PLN-4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.calendar import add_months
from domain.cases import Plan, PlanStatus
from domain.duty import World
from domain.rules.plans import (
    DECLARATION,
    PIECES,
    clock_of,
    covering_plan,
    lacking,
    left_on,
    share_left,
    total,
)
from domain.space.due_lines import period_label
from domain.state import Journey
from domain.words import day, euros
from web.console.words import time_left, urgency

TO_DECIDE = (PlanStatus.REQUESTED, PlanStatus.INCOMPLETE)
SPARE_ROWS, FEWEST_ROWS = 2, 4


@dataclass(frozen=True)
class Check:
    """One thing the law asks: ``ok``, ``ko`` or ``unknown``, and what to say about it."""

    verdict: str
    says: str


@dataclass(frozen=True)
class PlanView:
    """A plan as its decision form shows it; amounts in euros."""

    plan: Plan
    period: str
    left: Decimal
    total: Decimal
    share: Decimal | None
    checks: tuple[Check, ...]
    answer_by: datetime
    time_left: str
    urgency: str
    missing: tuple[str, ...]
    to_decide: bool

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a counter-proposal, drawn from what was asked, with room for more."""
        asked = [{"due_on": it.due_on.isoformat(), "amount": f"{it.amount:.2f}"} for it in self.plan.instalments]
        spare = max(SPARE_ROWS, FEWEST_ROWS - len(asked))
        return asked + [{"due_on": "", "amount": ""}] * spare


def plan_view(plan: Plan, journey: Journey, world: World) -> PlanView:
    """A plan and all that its decision rests on."""
    promise = journey.commitments[clock_of(plan)]
    paused = promise.paused_at is not None
    return PlanView(
        plan=plan,
        period=period_label(journey, plan.key),
        left=left_on(journey, plan),
        total=total(plan.instalments),
        share=share_left(journey, plan),
        checks=tuple(_checks(plan, journey, world)),
        answer_by=promise.due_at,
        time_left="horloge arrêtée" if paused else time_left(promise.due_at, world.now),
        urgency="later" if paused else urgency(promise.due_at, world.now),
        missing=plan.missing,
        to_decide=plan.status in TO_DECIDE,
    )


def _checks(plan: Plan, journey: Journey, world: World) -> Iterator[Check]:
    yield _share(plan, journey)
    undeclared = DECLARATION in lacking(journey, plan)
    yield Check("ko", "La DSN de la période manque.") if undeclared else Check("ok", "Les déclarations sont déposées.")
    other = covering_plan(journey, plan.key)
    running = other is not None and other.id != plan.id
    yield Check("ko", "Un délai court déjà sur cette dette.") if running else Check("ok", "Aucun autre délai en cours.")
    yield _length(plan, world)
    yield from (
        Check("ko", f"Pièce attendue : {PIECES[it]}.") for it in plan.missing if it not in lacking(journey, plan)
    )


def _share(plan: Plan, journey: Journey) -> Check:
    left, first = share_left(journey, plan), plan.instalments[0].amount
    if left is None:
        return Check("unknown", "Le montant de la part salariale n'est pas connu : à vérifier.")
    if left == 0:
        return Check("ok", "La part salariale est payée.")
    if first >= left:
        return Check("ok", f"Le premier versement paie la part salariale, {euros(left)}.")
    return Check("ko", f"Part salariale à payer d'abord : {euros(left)} ; le premier versement est de {euros(first)}.")


def _length(plan: Plan, world: World) -> Check:
    months, last = world.policy.plan_max_months, plan.instalments[-1].due_on
    if last > add_months(world.today, months):
        return Check("ko", f"Le dernier versement, le {day(last)}, dépasse {months} mois.")
    return Check("ok", f"Le dernier versement est à moins de {months} mois.")
