"""SPC-2: where an enterprise stands, in one sentence, and what matters most, in three cards at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.cases import PlanStatus
from domain.duty import World
from domain.rules.plans import PIECES
from domain.space.debts import Debt, InstalmentState, PlanLine
from domain.space.due_lines import DueLine
from domain.space.overview import Overview
from domain.words import day, euros

MOST = 3
SOON = timedelta(days=15)
"""What falls due within it is to be done; later, it is only said to come."""

TO_DO = {"both": "Déposer la DSN et payer", "payment": "Payer", "declaration": "Déposer la DSN"}


class CardKind(StrEnum):
    """What a card asks for."""

    TO_DO = "to_do"
    TO_PAY = "to_pay"
    SOON = "soon"


@dataclass(frozen=True)
class Card:
    """One thing that matters, by a day or an instant if there is one; ``amount`` in euros."""

    kind: CardKind
    title: str
    by: date | datetime | None = None
    amount: Decimal | None = None


def cards(seen: Overview, world: World) -> tuple[Card, ...]:
    """The most urgent first: what is late, what waits for the enterprise, what falls due, what is soon."""
    found = [*_late(seen), *_waiting(seen), *_ahead(seen, world), *_soon(seen, world)]
    return tuple(found[:MOST])


def sentence(seen: Overview, zone: ZoneInfo) -> str:
    """Where the enterprise stands, in one French sentence: the most pressing first."""
    return _in_difficulty(seen) or _plan_said(seen, zone) or _ended(seen) or _quiet(seen)


def _late(seen: Overview) -> Iterator[Card]:
    for debt in seen.debts:
        if not debt.announced:
            yield _of_debt(debt)
    for plan in seen.plans:
        if plan.beyond:
            yield Card(CardKind.TO_PAY, f"Payer ce que le délai laisse de côté : {plan.label}", amount=plan.beyond)
        for it in plan.instalments:
            if it.state is InstalmentState.LATE:
                title = f"Payer l'échéance {it.number} sur {it.count} de votre délai, dont la date est passée"
                yield Card(CardKind.TO_PAY, title, it.due_on, it.left)


def _of_debt(debt: Debt) -> Card:
    by = debt.served.reply_by if debt.served else debt.promised_on
    if debt.left is None:
        return Card(CardKind.TO_DO, f"Régulariser {debt.label} avec nous", by)
    return Card(CardKind.TO_PAY, f"Payer {debt.label}, ou demander un délai", by, debt.left)


def _waiting(seen: Overview) -> Iterator[Card]:
    for plan in seen.plans:
        if plan.status is PlanStatus.COUNTERED:
            yield Card(CardKind.TO_DO, f"Répondre à notre proposition : {plan.label}", plan.counter_until)
        elif plan.missing:
            yield Card(CardKind.TO_DO, f"Compléter votre demande de délai : {PIECES[plan.missing[0]]}")


def _ahead(seen: Overview, world: World) -> Iterator[Card]:
    until = world.today + SOON
    asked = [(it.due_on, _of_due_date(it)) for it in seen.ahead if it.asks and it.due_on <= until]
    asked += [(on, card) for plan in seen.plans for on, card in _of_plan(plan) if on <= until]
    yield from (card for _, card in sorted(asked, key=lambda it: it[0]))


def _of_due_date(due: DueLine) -> Card:
    title = f"{TO_DO[due.asks or due.kind]} : {due.label}"
    if due.asks == "declaration":
        return Card(CardKind.TO_DO, title, due.due_on)
    return Card(CardKind.TO_PAY, title, due.due_on, due.left)


def _of_plan(plan: PlanLine) -> Iterator[tuple[date, Card]]:
    for it in plan.instalments:
        if it.state is InstalmentState.AHEAD:
            title = f"Payer l'échéance {it.number} sur {it.count} de votre délai : {plan.label}"
            yield it.due_on, Card(CardKind.TO_PAY, title, it.due_on, it.left)


def _soon(seen: Overview, world: World) -> Iterator[Card]:
    for it in seen.appointments:
        if it.slot is None:
            yield Card(CardKind.TO_DO, f"Choisir un créneau : {it.label}", it.offer_until)
        else:
            at = it.slot.starts_at.astimezone(world.calendar.zoneinfo)
            yield Card(CardKind.SOON, f"{it.label[0].upper()}{it.label[1:]}", at)
    later = [it for it in seen.ahead if it.asks and it.due_on > world.today + SOON]
    if later:
        yield Card(CardKind.SOON, f"{TO_DO[later[0].asks or later[0].kind]} : {later[0].label}", later[0].due_on)


def _in_difficulty(seen: Overview) -> str | None:
    standing = [it for it in seen.debts if not it.announced]
    if not standing:
        return None
    first, others = standing[0], len(standing) - 1
    left = f" : il reste {euros(first.left)} à payer" if first.left else ""
    more = f", et {others} autre{'s' * (others > 1)} période{'s' * (others > 1)}" if others else ""
    follower = ", suivie par le recouvrement" if first.handed_over else ""
    return f"Une période est à régulariser, {first.label}{follower}{left}{more}."


def _plan_said(seen: Overview, zone: ZoneInfo) -> str | None:
    for plan in seen.plans:
        if plan.status is PlanStatus.COUNTERED:
            return f"Notre proposition de délai pour {plan.label} attend votre réponse."
        if plan.missing:
            return f"Votre demande de délai pour {plan.label} attend une pièce : {PIECES[plan.missing[0]]}."
        if not plan.is_running and plan.answer_by:
            answer_on = day(plan.answer_by.astimezone(zone).date())
            return f"Votre demande de délai pour {plan.label} aura sa réponse le {answer_on} au plus tard."
    ahead = [(it, plan) for plan in seen.plans for it in plan.instalments if it.left]
    if not ahead:
        return None
    it, plan = min(ahead, key=lambda both: both[0].due_on)
    return f"Votre délai pour {plan.label} suit son cours : {euros(it.left)} à payer le {day(it.due_on)}."


def _ended(seen: Overview) -> str | None:
    return None if seen.is_open else f"Votre parcours s'est terminé le {day(seen.ends_on)}."


def _quiet(seen: Overview) -> str:
    first = next((it for it in seen.ahead if it.asks), None)
    if first is None:
        return "Rien à faire aujourd'hui."
    left = f" ({euros(first.left)})" if first.left and first.asks != "declaration" else ""
    return f"Rien n'est en retard ; prochaine échéance le {day(first.due_on)}{left}."
