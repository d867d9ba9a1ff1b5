"""REM: what is stated of due dates, reminders three days before, corrections, the call to a beginner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.calendar import add_months
from domain.duty import Decided, Duty, World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.facts import ContributionDue, DeclarationReceived, PaymentReceived
from domain.identifiers import parse_period
from domain.messages import Outgoing, checks
from domain.payments import Payment
from domain.rules.appointments import has_phone
from domain.rules.arrears import standing_incident
from domain.rules.corrections import corrections, said_is_true
from domain.rules.due_dates import (
    NOON,
    SAID,
    DueDate,
    due_dates,
    nothing_to_declare,
    nothing_to_pay,
    reminder_instant,
    still_asked,
    why_not_reminded,
)
from domain.state import Journey, Told
from domain.tasks import ends
from domain.words import day, euros, of_period, the_period


@absorb.register
def _(fact: ContributionDue, journey: Journey) -> Absorbed:
    known = journey.contribution(fact.account, fact.period)
    amount = "montant inconnu" if fact.amount is None else euros(fact.amount)
    summary = f"Échéance {of_period(fact.period)} : {amount}, à payer le {day(fact.due_on)}"
    slot = f"due:{known.key}"
    if not journey.is_newest(slot, fact.at, fact.id):
        return journey, outdated("REM-1", summary, fact)
    stated = replace(
        known,
        due_on=fact.due_on,
        amount=fact.amount,
        employee_share=fact.employee_share,
        stated_at=fact.received_at,
        stated_by=fact.id,
    )
    return journey.with_contribution(stated).stamped(slot, fact.at, fact.id), noted("REM-1", summary, fact)


@absorb.register
def _(fact: PaymentReceived, journey: Journey) -> Absorbed:
    known = journey.contribution(fact.account, fact.period)
    summary = f"Paiement de {euros(fact.amount)} pour {the_period(fact.period)}, reçu le {day(fact.received_on)}"
    payment = Payment(fact.id, fact.at, fact.amount, fact.received_on)
    payments = sorted({*known.payments, payment}, key=lambda it: (it.at, it.event_id))
    return journey.with_contribution(replace(known, payments=tuple(payments))), noted("REM-3", summary, fact)


@absorb.register
def _(fact: DeclarationReceived, journey: Journey) -> Absorbed:
    summary = f"Déclaration {of_period(fact.period)} reçue le {day(fact.received_on)}"
    key = f"{fact.account}/{fact.period}"
    declared = {**journey.declared, key: min(fact.received_on, journey.declared.get(key, fact.received_on))}
    return journey.but(declared=declared), noted("REM-3", summary, fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """The reminders and calls ahead, and the corrections of what was already told."""
    if journey.is_open and journey.started_at is not None:
        for due in due_dates(journey, world):
            yield from _reminder(journey, due, world)
        yield from corrections(journey, world)


def _reminder(journey: Journey, due: DueDate, world: World) -> Iterator[Duty]:
    key = f"REM-2:{due.key}"
    if key in journey.done:
        return
    at = reminder_instant(journey, due, world)
    if _left_to_a_correction(due, at):
        return
    reason = why_not_reminded(journey, due)
    if reason:
        line = () if world.awaits(at) else (_not_reminded(due, reason),)
        yield Duty.of(at, f"REM-3:{due.key}:{due.contribution.amount}", line)
    asked = still_asked(journey, due)
    if asked is None:
        return
    due = asked
    until = _useful_until(due, world)
    yield Duty(at, key, partial(_remind, due, until), until, partial(_too_late, due), in_window=True)


def _remind(due: DueDate, until: datetime, journey: Journey, world: World) -> Decided:
    effects: tuple[Effect, ...] = (_message(due, until),)
    may_call = has_phone(journey) and not journey.accountant
    if may_call and due.due_on <= add_months(journey.opened_on, world.policy.call_months):
        effects += (_call(due, world),)
    return _remember(journey, due, world.now), effects


def _not_reminded(due: DueDate, reason: str) -> Record:
    return Record(rule="REM-3", summary=f"Pas de rappel pour {the_period(due.period)} : {reason}", label="skipped")


def _left_to_a_correction(due: DueDate, at: datetime) -> bool:
    """Another date was told before: a correction (REM-4) tells the new one, and reminds it when it leaves after J-3."""
    told = due.contribution.told
    return told is not None and (told.due_on != due.due_on or told.at >= at)


def _useful_until(due: DueDate, world: World) -> datetime:
    return world.calendar.at(due.due_on, NOON) if due.kind == "declaration" else world.closing(due.due_on)


def _too_late(due: DueDate, journey: Journey, world: World) -> Decided:
    what = f"l'échéance {of_period(due.period)} du {day(due.due_on)}"
    skipped = Record(rule="REM-2", summary=f"Rappel trop tardif pour {what} : non envoyé", label="skipped")
    call = OpenTask(
        rule="REM-2",
        summary=f"Appeler l'entreprise : {what} est passée sans rappel",
        key=f"REM-2:late:{due.key}",
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, 1)),
        guidance=(
            "Dire qu'aucun rappel n'est parti, et vérifier ce qui reste à déclarer ou à payer",
            "En cas de difficulté, proposer un délai de paiement",
        ),
        about=f"due:{due.key}",
    )
    return journey, (skipped, call)


def _message(due: DueDate, until: datetime) -> Effect:
    amount = due.contribution.left
    text = "montant non communiqué" if amount is None else euros(amount)
    return SendMessage(
        rule="REM-2",
        summary=f"Rappel de l'échéance {of_period(due.period)} : {text}, le {day(due.due_on)}",
        subject=f"due:{due.key}",
        template="due_reminder",
        purpose=Purpose.REMINDER,
        facts={
            "subject_kind": due.kind,
            "contribution": due.contribution.key,
            "period_label": parse_period(due.period).label,
            "due_on": due.due_on,
            "nominal_on": due.nominal_on,
            "amount": amount,
            "stated_amount": due.contribution.amount,
        },
        copy_accountant=True,
        valid_until=until,
        event_id=due.contribution.stated_by,
    )


def _remember(journey: Journey, due: DueDate, now: datetime) -> Journey:
    known = journey.contribution(due.contribution.account, due.period)
    return journey.with_contribution(replace(known, told=Told(due.due_on, known.amount, now, paid=known.paid)))


def _call(due: DueDate, world: World) -> Effect:
    return OpenTask(
        rule="REM-5",
        summary=f"Appel d'accompagnement avant l'échéance {of_period(due.period)} du {day(due.due_on)}",
        key=f"REM-5:{due.key}",
        task="call",
        due_at=world.closing(due.due_on),
        queue=Queue.REFERENT,
        guidance=(
            f"Rappeler la date : {day(due.due_on)}, déclaration avant midi",
            "Vérifier que la DSN du mois est prête, même sans paie",
            "Bonnes pratiques : mandat SEPA enregistré par la banque, contact joignable",
            "Donner les nouveautés utiles et répondre aux questions",
        ),
        about=f"due:{due.key}",
    )


@ends("due", final=True, within_journey=True)
def _call_is_needless(due: str, journey: Journey) -> str | None:
    key, _, due_on = due.rpartition(":")
    known = journey.contributions.get(key)
    if known is None:
        return None
    if known.due_on and known.due_on.isoformat() != due_on and f"REM-2:{key}:{known.due_on}" in journey.done:
        return "l'échéance a changé de date"
    if any(it.key == key for it in journey.incidents.values()):
        return "un incident a sa propre suite"
    return nothing_to_pay(journey, known)


@checks("due_reminder")
def _reminder_holds(message: Outgoing, journey: Journey) -> str | None:
    if not journey.is_open:
        return "le parcours est terminé"
    account, _, period = message.facts["contribution"].rpartition("/")
    known = journey.contribution(account, period)
    if message.facts["subject_kind"] == "declaration":
        said = nothing_to_declare(journey, known)
    else:
        said = SAID if standing_incident(journey, known) else None
    return said or said_is_true(message, journey)
