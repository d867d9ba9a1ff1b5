"""APT: the kinds of appointments, who may have them, how one is offered and how its promise is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from domain.cases import Appointment, AppointmentStatus, Incident, IncidentStatus
from domain.duty import World
from domain.effects import Effect, Record
from domain.rules.arrears import status_of
from domain.rules.commitments import keep, pause, promise
from domain.state import Health, Journey
from domain.words import day

PHONE = "phone"
MEANS = {
    "in_person": "sur place",
    PHONE: "par téléphone",
    "video": "en visioconférence",
    "on_site": "dans l'entreprise",
}
"""How an appointment is held, in French."""

CONTRACTS = {
    "permanent": "CDI",
    "fixed_term": "CDD",
    "part_time": "temps partiel",
    "apprenticeship": "apprentissage ou alternance",
    "seasonal": "saisonnier ou extra",
}
"""Kinds of contracts an enterprise may say it signs, in French (ENR-6)."""


class Kind(NamedTuple):
    """A kind of appointment (APT-1): the rule that offers it, its name in French, whom it is for."""

    rule: str
    label: str
    without_accountant: bool = False
    ends_with_journey: bool = False


KINDS = {
    "initial": Kind("ENR-6", "premier rendez-vous", without_accountant=True, ends_with_journey=True),
    "priority": Kind("APT-3", "rendez-vous prioritaire", without_accountant=True),
    "legal_security": Kind("REG-2", "rendez-vous de sécurisation juridique", without_accountant=True),
    "threshold": Kind("THR-2", "rendez-vous sur les seuils d'effectif", ends_with_journey=True),
    "other": Kind("APT-1", "rendez-vous"),
}


def offer(
    journey: Journey, kind: str, subject: str, at: datetime, until: datetime, world: World
) -> tuple[Journey, tuple[Effect, ...]]:
    """Offer an appointment of a key of ``KINDS`` until an instant; nothing when one of that kind stands.

    One is enough for all it can speak of, and nobody reads the same proposal twice (COM-4). A priority one starts its
    promise (APT-3). What the enterprise is told follows from the state.
    """
    if any(it.stands(world.now) for it in journey.appointments.values() if it.kind == kind):
        return journey, ()
    count = len(_on(journey, kind, subject))
    offered = Appointment(
        _identity(journey, kind, subject, count), kind, AppointmentStatus.OFFERED, at, until, subject=subject
    )
    summary = f"Proposition : {KINDS[kind].label}, à choisir avant le {day(world.calendar.day_of(until))}"
    proposed = Record(rule=KINDS[kind].rule, summary=summary, label="appointment")
    if kind != "priority":
        return journey.with_appointment(offered), (proposed,)
    case = subject if count == 0 else f"{subject}:{count}"
    journey, started = promised_for(journey, offered, "priority_appointment", case, at, until)
    return journey, (proposed, started)


def offer_again(journey: Journey, missed: Appointment, world: World) -> tuple[Journey, Appointment]:
    """Offer a missed appointment once more (APT-4)."""
    again = Appointment(
        _identity(journey, missed.kind, missed.id, 0),
        missed.kind,
        AppointmentStatus.OFFERED,
        world.now,
        open_until(missed.kind, world),
        format=missed.format,
        subject=missed.subject,
        offered_again=True,
        requested=missed.requested,
    )
    return journey.with_appointment(again), again


def promised_for(
    journey: Journey, appointment: Appointment, kind: str, subject: str, started_at: datetime, due_at: datetime
) -> tuple[Journey, Effect]:
    """Start the promise made with an appointment."""
    journey, started = promise(journey, kind, KINDS[appointment.kind].rule, subject, started_at, due_at)
    return journey.with_appointment(replace(appointment, commitment=f"{kind}:{subject}")), started


def open_until(kind: str, world: World) -> datetime:
    """Until when an offer made now may be taken."""
    if kind == "priority":
        days = world.policy.priority_appointment_working_days
        return world.closing(world.calendar.add_working_days(world.today, days))
    return world.closing(world.today + timedelta(days=world.policy.initial_appointment_open_days))


def kept(journey: Journey, appointment: Appointment, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """The promise of an appointment is answered."""
    return keep(journey, appointment.commitment, at) if appointment.commitment else (journey, ())


def left_open(journey: Journey, appointment: Appointment, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """The promise has lost its object: its clock stops, neither kept nor broken."""
    commitment = journey.commitments.get(appointment.commitment or "")
    return pause(journey, commitment.id, at) if commitment else (journey, ())


def moot(journey: Journey, appointment: Appointment) -> str | None:
    """Why an offer nobody took has lost its object, in French."""
    kind = KINDS[appointment.kind]
    incident = journey.incidents.get(appointment.subject or "")
    if appointment.kind == "priority" and incident:
        settled = is_over(journey, incident) and not _speaks_of_another(journey)
        return "l'incident est réglé" if settled else None
    if appointment.requested:
        return None
    if kind.without_accountant and journey.accountant:
        return "un expert-comptable suit désormais l'entreprise"
    return "le parcours est terminé" if kind.ends_with_journey and not journey.is_open else None


def is_repeated(journey: Journey, incident: Incident) -> bool:
    """It was answered as a difficulty that comes back (INC-4): a priority appointment speaks of it too."""
    return f"INC-4:{incident.id}:{len(incident.relapses)}" in journey.done


def _speaks_of_another(journey: Journey) -> bool:
    """Whether a difficulty that repeated, on whichever month, is still there to be spoken of."""
    return any(is_repeated(journey, it) and not is_over(journey, it) for it in journey.incidents.values())


def is_over(journey: Journey, incident: Incident) -> bool:
    """Paid or taken back, as far as is known now."""
    return status_of(journey, incident) in (IncidentStatus.PAID, IncidentStatus.CANCELLED)


def has_phone(journey: Journey) -> bool:
    """Whether the enterprise can be called: a number that takes no SMS still rings."""
    return journey.sms is not Health.ABSENT


def _on(journey: Journey, kind: str, subject: str) -> list[Appointment]:
    return [it for it in journey.appointments.values() if (it.kind, it.subject) == (kind, subject)]


def _identity(journey: Journey, kind: str, subject: str, number: int) -> str:
    parts = f"{journey.siren}|{kind}|{subject}|{number}"
    return blake2b(parts.encode(), digest_size=8).hexdigest()
