"""INC-7: an incident's status follows the facts; each end is told in writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.cases import Incident, IncidentStatus
from domain.duty import Duty, OfEachCase, World
from domain.effects import Purpose, Record, SendMessage
from domain.identifiers import parse_period
from domain.messages import Outgoing, checks
from domain.rules.arrears import ended_by_plan, left_to_pay, status_of
from domain.rules.incidents import is_followed
from domain.rules.penalties import remission
from domain.state import Channel, Journey
from domain.words import of_period

ENDED = (IncidentStatus.PAID, IncidentStatus.CANCELLED, IncidentStatus.HANDED_OVER)
NAMES = {
    IncidentStatus.OPEN: "ouvert de nouveau",
    IncidentStatus.PAID: "réglé",
    IncidentStatus.CANCELLED: "annulé",
    IncidentStatus.PLANNED: "couvert par un délai de paiement",
    IncidentStatus.HANDED_OVER: "repris par le recouvrement",
}
LETTERS = {
    IncidentStatus.PAID: "incident_paid",
    IncidentStatus.CANCELLED: "incident_cancelled",
    IncidentStatus.HANDED_OVER: "incident_handed_over",
}


def _owed(incident: Incident, journey: Journey, world: World) -> Iterator[Duty]:
    """The change of status that the facts ask for, then the word about an end."""
    status = status_of(journey, incident)
    if status is not incident.status:
        yield _change(incident, status)
    elif incident.closed_at and incident.contacted_at and is_followed(journey, incident):
        yield from _word(journey, incident, incident.closed_at, world)


duties = OfEachCase("incidents", _owed)


def _change(incident: Incident, status: IncidentStatus) -> Duty:
    summary = f"Incident {of_period(incident.period)} : {NAMES[status]}"
    line = Record(rule="INC-7", summary=summary, label="incident", event_id=incident.event_id)
    key = f"INC-7:{incident.id}:{incident.changes + 1}"
    return Duty.of(incident.opened_at, key, (line,), change=lambda state, now: _changed(state, incident, status, now))


def _changed(journey: Journey, incident: Incident, status: IncidentStatus, now: datetime) -> Journey:
    ended = now if status in ENDED else None
    changed = replace(incident, status=status, changes=incident.changes + 1, closed_at=ended, promised_on=None)
    if status is not IncidentStatus.HANDED_OVER:
        changed = replace(changed, handed_over_at=None)
    return journey.with_incident(_begun_again(changed) if status is IncidentStatus.OPEN else changed)


def _begun_again(incident: Incident) -> Incident:
    return replace(incident, told_at=None, contacted_at=None, moved_at=None, held_first_at=None)


def _word(journey: Journey, incident: Incident, at: datetime, world: World) -> Iterator[Duty]:
    by_plan = incident.status is IncidentStatus.PAID and ended_by_plan(journey, incident)
    by_notice = incident.status is IncidentStatus.HANDED_OVER and incident.handed_over_at is None
    if not by_plan and not by_notice:  # the letters of PLN-8 and INC-10 tell it
        yield Duty.of(at, f"INC-7:{incident.id}:{incident.changes}:told", (_letter(journey, incident, world),))


def _letter(journey: Journey, incident: Incident, world: World) -> SendMessage:
    paid = incident.status is IncidentStatus.PAID
    return SendMessage(
        rule="INC-7",
        summary=f"Fin de l'incident {of_period(incident.period)} annoncée : {NAMES[incident.status]}",
        subject=f"incident-end:{incident.id}:{incident.changes}",
        template=LETTERS[incident.status],
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,) if paid else (Channel.SMS, Channel.MAIL),
        facts=said_of(journey, incident) | {"remission": remission(journey, incident, world)},
        copy_accountant=True,
        critical=True,
        event_id=incident.event_id,
    )


def said_of(journey: Journey, incident: Incident) -> dict[str, Any]:
    """What every letter about an incident says: its period, kind, due date, and the euros left to pay."""
    return {
        "incident": incident.id,
        "period_label": parse_period(incident.period).label,
        "kind": incident.kind,
        "amount": left_to_pay(journey, incident),
        "was_due_on": incident.due_on,
    }


@checks(*LETTERS.values())
def _still_ended(message: Outgoing, journey: Journey) -> str | None:
    status = status_of(journey, journey.incidents[message.facts["incident"]])
    return None if LETTERS.get(status) == message.template else "la situation de l'incident a changé entre-temps"
