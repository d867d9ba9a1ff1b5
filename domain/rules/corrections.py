"""REM-4: what was told of a due date and is no longer true is told again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.cases import Plan, PlanStatus
from domain.duty import Change, Duty, World
from domain.effects import Purpose, Record, SendMessage
from domain.identifiers import parse_period
from domain.messages import Outgoing, checks
from domain.rules.arrears import standing_incident
from domain.rules.incidents import said_due_on
from domain.rules.plans import COVERED, covering_plan, left_on, raised_on
from domain.state import Contribution, Journey, Told
from domain.words import day, euros, of_period, the_period


def corrections(journey: Journey, world: World) -> Iterator[Duty]:
    """One correction for each due date told otherwise than it is stated now."""
    for contribution in journey.contributions.values():
        told = contribution.told
        if told and _is_said_otherwise(journey, contribution, told):
            yield from _correction(journey, contribution, told, world)
    for plan in journey.plans.values():
        if plan.status is PlanStatus.RUNNING and raised_on(journey, plan) > 0:
            yield _left_out(journey, plan, world)


def _is_said_otherwise(journey: Journey, known: Contribution, told: Told) -> bool:
    """An incident that stands tells it itself (REM-3)."""
    due_on = said_due_on(journey, known.account, known.period)
    changed = told.due_on != due_on or told.amount != known.amount
    return changed and standing_incident(journey, known) is None


def _correction(journey: Journey, contribution: Contribution, told: Told, world: World) -> Iterator[Duty]:
    due_on, stated_at = said_due_on(journey, contribution.account, contribution.period), contribution.stated_at
    if due_on is None or stated_at is None:
        return
    # Learning an amount that was unknown contradicts nothing that was told.
    amount_changed = told.amount is not None and contribution.amount != told.amount
    if due_on == told.due_on and not amount_changed:
        return
    if _nothing_owed(contribution, told) or covering_plan(journey, contribution.key):
        return
    message = _letter(
        contribution,
        f"correction:{contribution.key}:{told.corrections + 1}",
        f"Correction de l'échéance {of_period(contribution.period)} : {day(due_on)}",
        world.closing(max(due_on, told.due_on)),
        due_on=due_on,
        previous_due_on=told.due_on,
        previous_amount=told.said,
    )
    yield Duty.of(
        max(stated_at, told.at),
        f"REM-4:{contribution.key}:{told.corrections + 1}:{due_on}:{contribution.amount}",
        (message,),
        change=_remember(contribution.key),
        until=message.valid_until,
        late=_too_late(contribution, "l'échéance"),
    )


def _left_out(journey: Journey, plan: Plan, world: World) -> Duty:
    """The plan goes on; what it does not cover is said once for each amount."""
    known, beyond = journey.contribution(plan.account, plan.period), raised_on(journey, plan)
    due_on = known.due_on or world.today
    message = _letter(
        known,
        f"correction:{plan.id}:{known.amount}",
        f"Montant {of_period(plan.period)} relevé : {euros(beyond)} hors du délai de paiement",
        world.closing(plan.instalments[-1].due_on),
        due_on=due_on,
        previous_due_on=due_on,
        previous_amount=left_on(journey, plan),
        plan=plan.id,
        beyond=beyond,
    )
    return Duty.of(
        known.stated_at or world.now,
        f"REM-4:{plan.id}:{known.amount}",
        (message,),
        change=_remember(known.key),
        until=message.valid_until,
        late=_too_late(known, "le délai de paiement"),
    )


def _remember(key: str) -> Change:
    return lambda journey, now: _correct(journey, key, now)


def _letter(known: Contribution, subject: str, summary: str, until: datetime, **told: Any) -> SendMessage:
    """What is true of the period now, beside what was told of it."""
    return SendMessage(
        rule="REM-4",
        summary=summary,
        subject=subject,
        template="due_correction",
        purpose=Purpose.CASE,
        facts={
            "contribution": known.key,
            "period_label": parse_period(known.period).label,
            "amount": known.left,
            "stated_amount": known.amount,
            **told,
        },
        copy_accountant=True,
        valid_until=until,
        event_id=known.stated_by,
    )


def _too_late(known: Contribution, for_what: str) -> tuple[Record, ...]:
    summary = f"Correction pour {the_period(known.period)} arrivée après {for_what}"
    return (Record(rule="REM-4", summary=summary, label="skipped"),)


def _nothing_owed(contribution: Contribution, told: Told) -> bool:
    """Neither by what is stated now nor by what the enterprise was told."""
    return contribution.settled and (told.amount is None or contribution.paid >= told.amount)


def _correct(journey: Journey, key: str, now: datetime) -> Journey:
    known = journey.contributions[key]
    due_on = said_due_on(journey, known.account, known.period)
    if known.told is None or due_on is None:
        return journey
    told = Told(due_on, known.amount, now, known.told.corrections + 1, known.paid)
    return journey.with_contribution(replace(known, told=told))


@checks("due_correction")
def said_is_true(message: Outgoing, journey: Journey) -> str | None:
    """Why what a message says of a due date is no longer so (REM-6)."""
    known = journey.contributions.get(message.facts["contribution"])
    due_on = known and said_due_on(journey, known.account, known.period)
    if known is None or due_on is None:
        return None
    if known.settled and _announces_a_debt(message):
        return "payé entre-temps"
    if "beyond" in message.facts:
        return _still_left_out(message, journey)
    if message.facts.get("subject_kind") != "declaration" and covering_plan(journey, known.key):
        return COVERED
    if due_on != date.fromisoformat(str(message.facts["due_on"])):
        return "échéance corrigée entre-temps : la correction part à sa place"
    stated = message.facts["stated_amount"]
    if stated is not None and known.amount != Decimal(stated):
        return "montant corrigé entre-temps : la correction part à sa place"
    return None


def _still_left_out(message: Outgoing, journey: Journey) -> str | None:
    plan = journey.plans[message.facts["plan"]]
    running = plan.status is PlanStatus.RUNNING
    said = running and raised_on(journey, plan) == Decimal(message.facts["beyond"])
    return None if said else "ce que le délai de paiement laisse de côté a changé entre-temps"


def _announces_a_debt(message: Outgoing) -> bool:
    amount = message.facts["amount"]
    return message.facts.get("subject_kind") != "declaration" and (amount is None or Decimal(amount) > 0)
