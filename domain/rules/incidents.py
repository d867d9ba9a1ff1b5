"""INC-1: what is known of an incident, whoever says it and in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.cases import Incident
from domain.facts import IncidentCancelled, IncidentDetected
from domain.payments import Bounce
from domain.rules.term import in_procedure
from domain.state import Journey, Phase
from domain.words import the_period

REJECTED = "debit_rejected"
NAMES = {
    "unpaid": "échéance impayée",
    REJECTED: "prélèvement rejeté",
    "partial_payment": "paiement partiel",
    "undeclared": "déclaration manquante",
    "dsn_technical": "incident technique sur la DSN",
    "difficulty_announced": "difficulté annoncée",
}

DECLARATIONS = ("undeclared", "dsn_technical")
"""Kinds that paying does not end while nobody said how much is owed: Urssaf's systems take them back."""


def incident_id(siren: str, account: str, period: str) -> str:
    """The id of the one incident of an account and period."""
    return blake2b(f"incident|{siren}|{account}|{period}".encode(), digest_size=12).hexdigest()


@absorb.register
def _(fact: IncidentDetected, journey: Journey) -> Absorbed:
    summary = f"Incident signalé pour {the_period(fact.period)} : {NAMES[fact.kind]}"
    said = Incident(
        id=incident_id(journey.siren, fact.account, fact.period),
        account=fact.account,
        period=fact.period,
        kind=fact.kind,
        opened_at=fact.at,
        detected_at=fact.at,
        event_id=fact.id,
        amount=fact.amount,
        employee_share=fact.employee_share,
        due_on=fact.due_on,
        noticed_at=fact.received_at,
    )
    if fact.kind == REJECTED:
        journey = _bounced(journey, fact.account, fact.period, Bounce(fact.at, fact.id, fact.amount))
    known = journey.incidents.get(said.id)
    if known and not journey.is_newest(f"incident:{said.key}", fact.at, fact.id):
        earlier = replace(known, opened_at=min(known.opened_at, fact.at))
        return journey.with_incident(earlier), outdated("INC-1", summary, fact)
    return stated(journey, said), noted("INC-1", summary, fact)


@absorb.register
def _(fact: IncidentCancelled, journey: Journey) -> Absorbed:
    summary = f"Incident annulé pour {the_period(fact.period)}"
    key = f"{fact.account}/{fact.period}"
    if not journey.is_newest(f"cancelled:{key}", fact.at, fact.id):
        return journey, outdated("INC-7", summary, fact)
    journey = _taken_back(journey, fact).stamped(f"cancelled:{key}", fact.at, fact.id)
    known = journey.incidents.get(incident_id(journey.siren, fact.account, fact.period))
    if known:
        journey = journey.with_incident(with_cancellation(journey, known))
    return journey, noted("INC-7", summary, fact)


def _bounced(journey: Journey, account: str, period: str, bounce: Bounce) -> Journey:
    known = journey.contribution(account, period)
    if bounce in known.bounces or not journey.is_newest(f"cancelled:{known.key}", bounce.at, bounce.event_id):
        return journey
    bounces = sorted((*known.bounces, bounce), key=lambda it: (it.at, it.event_id))
    return journey.with_contribution(replace(known, bounces=tuple(bounces)))


def with_bounces(journey: Journey) -> Journey:
    """The same journey, its rejected debits known: a state stored before bounces were kept has them as incidents."""
    for it in journey.incidents.values():
        if it.kind == REJECTED:
            bounce = Bounce(it.detected_at, it.event_id or "", it.amount)
            journey = _bounced(journey, it.account, it.period, bounce)
    return journey


def _taken_back(journey: Journey, fact: IncidentCancelled) -> Journey:
    known = journey.contribution(fact.account, fact.period)
    kept = tuple(it for it in known.bounces if (it.at, it.event_id) > (fact.at, fact.id))
    return journey if kept == known.bounces else journey.with_contribution(replace(known, bounces=kept))


def stated(journey: Journey, said: Incident) -> Journey:
    """The newest word on an incident replaces the one before and leaves what was done about it."""
    known = journey.incidents.get(said.id)
    if known:
        said = replace(
            known,
            kind=said.kind,
            opened_at=min(known.opened_at, said.opened_at),
            detected_at=said.detected_at,
            event_id=said.event_id,
            amount=said.amount,
            employee_share=said.employee_share,
            due_on=said.due_on or known.due_on,
            noticed_at=said.noticed_at,
            paid_before=said.paid_before,
        )
    journey = journey.stamped(f"incident:{said.key}", said.detected_at, said.event_id or "")
    return journey.with_incident(with_cancellation(journey, said))


def with_cancellation(journey: Journey, incident: Incident) -> Incident:
    """Cancelled when Urssaf's systems took it back after the last time it was said, or served."""
    cancelled = journey.as_of.get(f"cancelled:{incident.key}")
    said = journey.as_of.get(f"incident:{incident.key}", (incident.detected_at, ""))
    newest = max((tuple(said), *((it.at, it.event_id) for it in incident.served)))
    stands = cancelled is None or tuple(cancelled) < newest
    return replace(incident, cancelled_at=None if stands or cancelled is None else cancelled[0])


def open_incident(
    journey: Journey,
    *,
    account: str,
    period: str,
    kind: str,
    amount: Decimal | None,
    employee_share: Decimal | None,
    due_on: date | None,
    at: datetime,
    event_id: str | None,
) -> Journey:
    """Open or update the incident of an account and period; a broken plan counts once more (PLN-7, INC-4)."""
    said = Incident(
        id=incident_id(journey.siren, account, period),
        account=account,
        period=period,
        kind=kind,
        opened_at=at,
        detected_at=at,
        event_id=event_id,
        amount=amount,
        employee_share=employee_share,
        due_on=due_on,
        noticed_at=at,
        paid_before=journey.contribution(account, period).received(),
    )
    known = journey.incidents.get(said.id)
    relapses = (*known.relapses, at) if known else (at,)
    journey = stated(journey, said)
    return journey.with_incident(replace(journey.incidents[said.id], relapses=relapses))


def incident_on(journey: Journey, account: str, period: str) -> Incident | None:
    """The incident of an account and period, if any, whatever became of it (INC-1)."""
    return journey.incidents.get(incident_id(journey.siren, account, period)) if journey.incidents else None


def said_due_on(journey: Journey, account: str, period: str) -> date | None:
    """The due date as Urssaf's systems stated it last, by a contribution or by an incident (REM-1)."""
    known, incident = journey.contribution(account, period), incident_on(journey, account, period)
    if incident is None or incident.due_on is None or incident.announced:
        return known.due_on
    stated = journey.as_of.get(f"due:{known.key}")
    newer = stated is None or (incident.detected_at, incident.event_id or "") >= tuple(stated)
    return incident.due_on if newer or known.due_on is None else known.due_on


def is_followed(journey: Journey, incident: Incident) -> bool:
    """The journey deals with it to its end once it spoke of it or gave it a plan that broke (EXT-6).

    A collective procedure forbids it.
    """
    if journey.phase is Phase.CANDIDATE or in_procedure(journey):
        return False
    return journey.is_open or incident.contacted_at is not None or bool(incident.relapses)
