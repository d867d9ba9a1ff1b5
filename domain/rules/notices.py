"""INC-10: what a formal notice or a writ means, and the amicable contact that must have come before it (INC-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from domain.absorption import Absorbed, absorb, noted
from domain.cases import Incident, IncidentStatus, Served, Stage
from domain.duty import Change, Decided, Duty, OfEachCase, World
from domain.effects import OpenTask, Purpose, Record, SendMessage
from domain.facts import RecoveryServed
from domain.messages import Outgoing, checks
from domain.rules.appointments import has_phone
from domain.rules.arrears import status_of
from domain.rules.commitments import keep, promise
from domain.rules.endings import said_of
from domain.rules.incidents import incident_id, is_followed, with_cancellation
from domain.rules.plans import covering_plan, pending_plan
from domain.state import Journey
from domain.words import day, euros, the_period

NAMES = {Stage.NOTICE: "Mise en demeure", Stage.WRIT: "Contrainte"}
TEMPLATES = {Stage.NOTICE: "notice_served", Stage.WRIT: "writ_served"}
OVER = (IncidentStatus.PAID, IncidentStatus.CANCELLED)
GUIDANCE = {
    Stage.NOTICE: "Expliquer : un mois pour payer, deux mois pour saisir la commission de recours amiable",
    Stage.WRIT: "Expliquer : quinze jours pour former opposition devant le tribunal, avec un motif",
}


@absorb.register
def _(fact: RecoveryServed, journey: Journey) -> Absorbed:
    summary = f"{NAMES[fact.stage]} pour {the_period(fact.period)}, {euros(fact.amount)}, délai le {day(fact.reply_by)}"
    served = Served(fact.stage, fact.amount, fact.served_on, fact.reply_by, fact.id, fact.at, fact.received_at)
    known = _known(journey, fact)
    if any((it.stage, it.served_on) == (served.stage, served.served_on) for it in known.served):
        return journey, noted("INC-10", summary, fact)
    steps = tuple(sorted((*known.served, served), key=lambda it: (it.served_on, it.stage is Stage.WRIT)))
    incident = with_cancellation(journey, replace(known, served=steps))
    return journey.with_incident(incident), noted("INC-10", summary, fact)


def _known(journey: Journey, fact: RecoveryServed) -> Incident:
    """The incident served, or one that no event told of yet: the first step served tells of it, a detection better."""
    said = _told_of(journey, fact)
    known = journey.incidents.get(said.id)
    if known is None:
        return said
    opened_at = min(known.opened_at, fact.at)
    if known.announced or f"incident:{known.key}" in journey.as_of or known.detected_at <= fact.at:
        return replace(known, opened_at=opened_at)
    return replace(known, opened_at=opened_at, detected_at=fact.at, event_id=fact.id, amount=fact.amount)


def _told_of(journey: Journey, fact: RecoveryServed) -> Incident:
    return Incident(
        id=incident_id(journey.siren, fact.account, fact.period),
        account=fact.account,
        period=fact.period,
        kind="unpaid",
        opened_at=fact.at,
        detected_at=fact.at,
        event_id=fact.id,
        amount=fact.amount,
        due_on=journey.contribution(fact.account, fact.period).due_on,
        noticed_at=fact.received_at,
    )


def _owed(incident: Incident, journey: Journey, world: World) -> Iterator[Duty]:
    """Each step served: was there a contact before it, a letter that explains it, a call."""
    if incident.served and is_followed(journey, incident) and status_of(journey, incident) not in OVER:
        for served in incident.served:
            yield _measure(incident, served)
            yield _explanation(journey, incident, served, world)
            if has_phone(journey):
                yield _call(incident, served, world)


duties = OfEachCase("incidents", _owed)


def _key(incident: Incident, served: Served) -> str:
    return f"{incident.id}:{served.stage}:{served.served_on}"


def _measure(incident: Incident, served: Served) -> Duty:
    return Duty(served.noticed_at, f"INC-5:{_key(incident, served)}", partial(_measured, incident, served))


def _measured(incident: Incident, served: Served, journey: Journey, world: World) -> Decided:
    subject, now = _key(incident, served), world.now
    contacted = _contacted_since_the_step_before(journey, incident)
    journey, started = promise(journey, "amicable_contact", "INC-5", subject, now, now)
    if not contacted:
        return journey, (started,)
    journey, kept = keep(journey, f"amicable_contact:{subject}", now)
    return journey, (started, *kept)


def _contacted_since_the_step_before(journey: Journey, incident: Incident) -> bool:
    mine = (it for it in journey.commitments.values() if it.subject.startswith(f"{incident.id}:"))
    measured = max((it.started_at for it in mine if it.kind == "amicable_contact"), default=None)
    return incident.contacted_at is not None and (measured is None or measured <= incident.contacted_at)


def _explanation(journey: Journey, incident: Incident, served: Served, world: World) -> Duty:
    name = NAMES[served.stage]
    message = SendMessage(
        rule="INC-10",
        summary=f"{name} pour {the_period(incident.period)} expliquée : délai, recours, médiation, délai de paiement",
        subject=f"served:{_key(incident, served)}",
        template=TEMPLATES[served.stage],
        purpose=Purpose.CASE,
        facts=said_of(journey, incident)
        | {
            "served_amount": served.amount,
            "served_on": served.served_on,
            "reply_by": served.reply_by,
            "plan": _plan(journey, incident),
        },
        copy_accountant=True,
        critical=True,
        valid_until=world.closing(served.reply_by),
        event_id=served.event_id,
    )
    summary = f"{name} pour {the_period(incident.period)} : explication trop tardive, non envoyée"
    late = Record(rule="INC-10", summary=summary, label="skipped")
    key = f"INC-10:{_key(incident, served)}"
    return Duty.of(
        served.noticed_at, key, (message,), change=_contacted(incident.id), until=message.valid_until, late=(late,)
    )


def _contacted(incident: str) -> Change:
    return lambda journey, now: journey.with_incident(replace(journey.incidents[incident], contacted_at=now))


def _plan(journey: Journey, incident: Incident) -> str | None:
    if covering_plan(journey, incident.key):
        return "running"
    return "pending" if pending_plan(journey, incident.key) else None


def _call(incident: Incident, served: Served, world: World) -> Duty:
    key = f"INC-10:{_key(incident, served)}:call"
    days = 1 if served.stage is Stage.WRIT else world.policy.incident_call_working_days
    task = OpenTask(
        rule="INC-10",
        summary=f"Appeler l'entreprise : {NAMES[served.stage].lower()} pour {the_period(incident.period)}",
        key=key,
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, days)),
        guidance=(
            f"{NAMES[served.stage]} de {euros(served.amount)}, délai le {day(served.reply_by)}",
            GUIDANCE[served.stage],
            "Dire qu'un délai de paiement reste possible, et qu'un médiateur peut être saisi",
        ),
        about=f"debt:{incident.id}",
        event_id=served.event_id,
    )
    return Duty.of(served.noticed_at, key, (task,))


@checks(*TEMPLATES.values())
def _still_owed(message: Outgoing, journey: Journey) -> str | None:
    status = status_of(journey, journey.incidents[message.facts["incident"]])
    return "la dette est réglée ou annulée entre-temps" if status in OVER else None
