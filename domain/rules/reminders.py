"""REM: due dates stated or legal, reminders three days before, corrections, the call to a beginner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.calendar import Calendar, add_months
from domain.duty import Decided, Duty, World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.facts import ContributionDue, DeclarationReceived, PaymentReceived
from domain.identifiers import parse_period
from domain.law import DUE_EARLY_FROM
from domain.messages import Outgoing, checks
from domain.obligations import Period, expected_obligations, legal_due_date, reminder_day, spread_instant
from domain.payments import Payment
from domain.rules.arrears import standing_incident
from domain.rules.corrections import corrections, said_is_true
from domain.rules.incidents import DECLARATIONS, said_due_on
from domain.rules.plans import COVERED, covering_plan
from domain.state import Contribution, Journey, Told
from domain.tasks import ends
from domain.words import day, euros, of_period, the_period

HORIZON = timedelta(days=100)
"""How far ahead due dates are looked for: more than a quarter, so that there is always a next one."""

RESERVE = timedelta(hours=1)
"""The end of the sending window is kept for what must be tried again (REM-7)."""

SAID = "un incident en parle"
"""Why what was said unpaid or undeclared is not reminded besides (REM-3)."""

NOON = time(12)
"""A declaration is owed before noon (CSS R133-14)."""


class DueDate(NamedTuple):
    """One due date to remind, with what Urssaf's systems stated of it when they did."""

    period: str
    kind: str
    nominal_on: date
    due_on: date
    contribution: Contribution

    @property
    def key(self) -> str:
        """Identity of the reminder: another date is another reminder."""
        return f"{self.contribution.key}:{self.due_on}"


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


def due_dates(journey: Journey, world: World) -> Iterator[DueDate]:
    """Due dates from the last step on: the legal ones, each replaced by what Urssaf stated (REM-1)."""
    since = _looked_back_to(journey, world)
    until = world.today + HORIZON
    account, said = journey.account, list(_said(journey))
    stated = {known.period for known, _ in said if known.account == account}
    headcount, calendar, eve = counted_headcount(journey), world.calendar, since - timedelta(days=1)
    for legal in expected_obligations(journey.hired_on, headcount, journey.quarterly, eve, until, calendar):
        if legal.name not in stated:
            known = journey.contributions.get(f"{account}/{legal.name}") or _unknown(account, legal.name)
            yield DueDate(legal.name, legal.kind, legal.due.nominal, legal.due.due_on, known)
    for known, due_on in said:
        if since <= due_on <= until:
            kind = "both" if known.account == account else "payment"
            yield DueDate(known.period, kind, _nominal(known.period, due_on, headcount, calendar), due_on, known)


def _said(journey: Journey) -> Iterator[tuple[Contribution, date]]:
    """What Urssaf's systems stated the due date of, by a contribution or by an incident."""
    unstated = (_unknown(it.account, it.period) for it in journey.incidents.values() if not it.announced)
    known = {it.key: it for it in unstated} | journey.contributions
    for contribution in known.values():
        due_on = said_due_on(journey, contribution.account, contribution.period)
        if due_on:
            yield contribution, due_on


@lru_cache(maxsize=10_000)
def _unknown(account: str, period: str) -> Contribution:
    return Contribution(account, period)


def counted_headcount(journey: Journey) -> int:
    """The headcount that sets due dates: the one paid from 50 on (CSS R243-6), else frozen at the opening (L130-1)."""
    most = max(journey.headcount, journey.headcount_at_opening)
    return journey.headcount if most >= DUE_EARLY_FROM else journey.headcount_at_opening


def _looked_back_to(journey: Journey, world: World) -> date:
    """Due dates before it were dealt with by an earlier step, or fell while there was no journey."""
    start = world.calendar.day_of(journey.started_at or world.now)
    last = world.calendar.day_of(journey.last_step_at) if journey.last_step_at else start
    return max(start, last, journey.resumed_on or start)


@lru_cache(maxsize=10_000)
def _nominal(period: str, due_on: date, headcount: int, calendar: Calendar) -> date:
    legal = legal_due_date(parse_period(period), headcount, calendar)
    return legal.nominal if legal.due_on == due_on else due_on


def _reminder(journey: Journey, due: DueDate, world: World) -> Iterator[Duty]:
    key = f"REM-2:{due.key}"
    if key in journey.done:
        return
    at = reminder_instant(journey, due, world)
    if _left_to_a_correction(due, at):
        return
    needless = _needless(journey, due)
    if needless:
        line = () if world.awaits(at) else (_not_reminded(due, needless),)
        yield Duty.of(at, f"REM-3:{due.key}:{due.contribution.amount}", line)
        if not _is_left_to_declare(journey, due):
            return
        due = _declaration_of(due)
    until = _useful_until(due, world)
    yield Duty(at, key, partial(_remind, due, until), until, partial(_too_late, due), in_window=True)


def _remind(due: DueDate, until: datetime, journey: Journey, world: World) -> Decided:
    effects: tuple[Effect, ...] = (_message(due, until),)
    if not journey.accountant and due.due_on <= add_months(journey.opened_on, world.policy.call_months):
        effects += (_call(due, world),)
    return _remember(journey, due, world.now), effects


def _not_reminded(due: DueDate, reason: str) -> Record:
    return Record(rule="REM-3", summary=f"Pas de rappel pour {the_period(due.period)} : {reason}", label="skipped")


def reminder_instant(journey: Journey, due: DueDate, world: World) -> datetime:
    """When the reminder leaves: its place in the sending window of J-3 (REM-2, REM-7)."""
    on = reminder_day(due.due_on, world.policy.reminder_lead_days, world.calendar)
    return spread_instant(f"{journey.siren}:{due.period}", on, world.calendar, RESERVE)


def _left_to_a_correction(due: DueDate, at: datetime) -> bool:
    """Another date was told before: a correction (REM-4) tells the new one, and reminds it when it leaves after J-3."""
    told = due.contribution.told
    return told is not None and (told.due_on != due.due_on or told.at >= at)


def _useful_until(due: DueDate, world: World) -> datetime:
    return world.calendar.at(due.due_on, NOON) if due.kind == "declaration" else world.closing(due.due_on)


def _needless(journey: Journey, due: DueDate) -> str | None:
    """Why nothing is to be reminded of a payment, in French (REM-3, PLN-6)."""
    if due.kind == "declaration":
        return _nothing_to_declare(journey, due.contribution)
    return _nothing_to_pay(journey, due.contribution)


def _nothing_to_pay(journey: Journey, contribution: Contribution) -> str | None:
    if contribution.settled:
        return "rien à payer pour cette période" if contribution.amount == 0 else "déjà payé"
    if covering_plan(journey, contribution.key):
        return COVERED
    return SAID if standing_incident(journey, contribution) else None


def _nothing_to_declare(journey: Journey, contribution: Contribution) -> str | None:
    if contribution.key in journey.declared:
        return "déjà déclaré"
    incident = standing_incident(journey, contribution)
    return SAID if incident and incident.kind in DECLARATIONS else None


def _is_left_to_declare(journey: Journey, due: DueDate) -> bool:
    """A payment not reminded leaves the declaration of its month; an amount is stated from what was declared."""
    declaration = _declaration_of(due)
    unstated = due.contribution.amount is None or declaration.period != due.period
    owed = due.kind == "both" and unstated and not due.contribution.settled
    return owed and _nothing_to_declare(journey, declaration.contribution) is None


def _declaration_of(due: DueDate) -> DueDate:
    """What is declared on a due date, apart from what is paid: the last month of a quarter."""
    period = parse_period(due.period)
    if not period.is_quarter:
        return due._replace(kind="declaration")
    month = str(Period.month_of(period.last_day))
    return due._replace(period=month, kind="declaration", contribution=_unknown(due.contribution.account, month))


def _too_late(due: DueDate, journey: Journey, world: World) -> Decided:
    what = f"l'échéance {of_period(due.period)} du {day(due.due_on)}"
    skipped = Record(rule="REM-2", summary=f"Rappel trop tardif pour {what} : non envoyé", label="skipped")
    call = OpenTask(
        rule="REM-2",
        summary=f"Appeler l'entreprise : {what} est passée sans rappel",
        key=f"REM-2:late:{due.key}",
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, 1)),
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
    return _nothing_to_pay(journey, known)


@checks("due_reminder")
def _reminder_holds(message: Outgoing, journey: Journey) -> str | None:
    if not journey.is_open:
        return "le parcours est terminé"
    account, _, period = message.facts["contribution"].rpartition("/")
    known = journey.contribution(account, period)
    if message.facts["subject_kind"] == "declaration":
        said = _nothing_to_declare(journey, known)
    else:
        said = SAID if standing_incident(journey, known) else None
    return said or said_is_true(message, journey)
