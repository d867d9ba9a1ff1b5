"""INC-1, INC-2 and INC-9: a difficulty said early, and a promise to pay on a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.accounts import spelling
from domain.cases import ANNOUNCED, Incident, IncidentStatus
from domain.duty import World
from domain.effects import Effect, Purpose, Record, SendMessage
from domain.requests import Reply, Request
from domain.rules.arrears import status_of
from domain.rules.endings import said_of
from domain.rules.incidents import incident_id, stated
from domain.state import Journey
from domain.words import day, of_period, the_period

Answered = tuple[Journey, tuple[Effect, ...], Reply]

STANDING = (IncidentStatus.OPEN, IncidentStatus.PLANNED, IncidentStatus.HANDED_OVER)


def announce(journey: Journey, request: Request, world: World) -> Answered:
    """Note a difficulty that the enterprise announces, and acknowledge it at once."""
    account, period = spelling(journey, request.data.get("account") or journey.account), request.data["period"]
    if not journey.is_open:
        turn = f"{world.policy.name}, {world.policy.phone}"
        return journey, (), Reply(409, "INC-1", f"Aucun parcours n'est en cours. Adressez-vous à {turn}.")
    if journey.contribution(account, period).settled:
        return journey, (), Reply(409, "INC-1", f"Il n'y a plus rien à payer pour {the_period(period)}.")
    found = incident_id(journey.siren, account, period)
    if _is_acknowledged(journey, found, world):
        return _added(journey, journey.incidents[found], request)
    journey = _announced(journey, found, account, period, world.now).stamped(_slot(found), world.now, request.id)
    incident = journey.incidents[found]
    incident = replace(incident, contacted_at=world.now, notes=(*incident.notes, *_note(request)))
    received = Record(rule="INC-1", summary=f"Difficulté annoncée pour {the_period(period)}", label="request")
    message = _acknowledgement(journey, incident, request)
    reply = Reply(201, "INC-2", "La difficulté est notée ; votre contact à l'Urssaf vous aide.", {"id": found})
    return journey.with_incident(incident), (received, message), reply


def _slot(incident: str) -> str:
    return f"difficulty:{incident}"


def _is_acknowledged(journey: Journey, incident: str, world: World) -> bool:
    """It stands, and its acknowledgement is younger than an answer may take."""
    known, said = journey.incidents.get(incident), journey.as_of.get(_slot(incident))
    if known is None or said is None or status_of(journey, known) not in STANDING:
        return False
    return world.now - said[0] < timedelta(hours=world.policy.request_answer_hours)


def _added(journey: Journey, incident: Incident, request: Request) -> Answered:
    """Said once more while somebody looks at it: it stands on its file, and is not acknowledged again."""
    line = Record(
        rule="INC-1",
        summary=f"Précision sur la difficulté annoncée pour {the_period(incident.period)}",
        label="request",
    )
    noted = replace(incident, notes=(*incident.notes, *_note(request)))
    said = "La difficulté est déjà notée : ce que vous ajoutez y est joint."
    return journey.with_incident(noted), (line,), Reply(201, "INC-2", said, {"id": incident.id})


def _announced(journey: Journey, found: str, account: str, period: str, now: datetime) -> Journey:
    """What Urssaf's systems saw stays; nothing seen, or taken back since, makes it an announced difficulty."""
    known = journey.incidents.get(found)
    if known and status_of(journey, known) in STANDING:
        return journey
    due = journey.contribution(account, period)
    said = Incident(
        found, account, period, ANNOUNCED, now, now, due_on=due.due_on, noticed_at=now, paid_before=due.received()
    )
    return stated(journey, said) if known else journey.with_incident(said)


def _note(request: Request) -> tuple[str, ...]:
    note = request.data.get("note")
    return (note,) if note else ()


def _acknowledgement(journey: Journey, incident: Incident, request: Request) -> Effect:
    return SendMessage(
        rule="INC-2",
        summary=f"Difficulté annoncée pour {the_period(incident.period)} : accusé de réception",
        subject=f"difficulty:{incident.id}:{request.id}",
        template="difficulty_received",
        purpose=Purpose.CASE,
        facts=said_of(journey, incident) | {"has_accountant": journey.accountant},
        copy_accountant=True,
        immediate=True,
        critical=True,
    )


def note_promise(journey: Journey, request: Request, world: World) -> Answered:
    """Wait for the day on which the enterprise said it would pay (INC-9)."""
    incident = journey.incidents.get(request.data["incident"])
    if incident is None:
        return journey, (), Reply(404, "INC-9", "Cet incident est inconnu.")
    on = date.fromisoformat(request.data["on"])
    problem = _unkept(journey, incident, on, world)
    if problem:
        return journey, (), Reply(409, "INC-9", problem)
    noted = replace(incident, promised_on=on, notes=(*incident.notes, *_note(request)))
    line = Record(
        rule="INC-9", summary=f"Paiement {of_period(incident.period)} promis pour le {day(on)}", label="request"
    )
    reply = Reply(200, "INC-9", f"Les relances attendent le {day(on)}.", {"promised_on": on.isoformat()})
    return journey.with_incident(noted), (line,), reply


def _unkept(journey: Journey, incident: Incident, on: date, world: World) -> str | None:
    if status_of(journey, incident) is not IncidentStatus.OPEN:
        return "Cet incident n'attend pas de paiement : relisez sa situation."
    if on < world.today:
        return "Cette date est passée : indiquez une date à venir."
    limit = world.today + timedelta(days=world.policy.hold_days)
    if on > limit:
        return f"Une promesse attend au plus le {day(limit)} : au-delà, proposez un délai de paiement."
    return None
