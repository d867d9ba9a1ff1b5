"""APT-2 and APT-4: what came of an appointment; a missed one is offered again once."""

from __future__ import annotations

from dataclasses import replace

from domain.cases import Appointment, AppointmentStatus
from domain.duty import World
from domain.effects import Effect, OpenTask, Record
from domain.requests import Reply, Request
from domain.rules.appointment_replies import UNKNOWN, answer, not_now
from domain.rules.appointments import KINDS, kept, offer_again
from domain.state import Journey


def outcome(journey: Journey, request: Request, world: World) -> tuple[Journey, tuple[Effect, ...], Reply]:
    """Note whether a booked appointment was held. An agent's word counts whenever it comes: held early, known lost."""
    known = journey.appointments.get(request.data["appointment"])
    if known is None:
        return journey, (), UNKNOWN
    status = AppointmentStatus(request.data["status"])
    if known.status is status:
        return journey, (), answer(known, 200, "C'est déjà noté.")
    if not known.is_booked:
        return journey, (), not_now(known)
    ended = replace(known, status=status, closed_at=world.now)
    journey = journey.with_appointment(ended)
    noted = "tenu" if status is AppointmentStatus.HELD else "manqué"
    line = Record(rule="APT-2", summary=f"{KINDS[known.kind].label.capitalize()} {noted}", label="appointment")
    journey, effects = _missed(journey, ended, world) if noted == "manqué" else kept(journey, ended, world.now)
    return journey, (line, *effects), answer(ended, 200, "L'issue du rendez-vous est notée.")


def _missed(journey: Journey, missed: Appointment, world: World) -> tuple[Journey, tuple[Effect, ...]]:
    if missed.offered_again:
        return journey, (_call_after_misses(missed, world),)
    if any(it.kind == missed.kind and it.stands(world.now) for it in journey.appointments.values()):
        return journey, ()
    journey, _ = offer_again(journey, missed, world)
    return journey, (Record(rule="APT-4", summary="Le rendez-vous manqué est proposé de nouveau", label="appointment"),)


def _call_after_misses(missed: Appointment, world: World) -> Effect:
    return OpenTask(
        rule="APT-4",
        summary=f"Appeler l'entreprise : {KINDS[missed.kind].label} manqué deux fois",
        key=f"APT-4:missed:{missed.id}",
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, 2)),
        guidance=(
            "Demander ce qui a empêché, et si le sujet reste utile",
            "Convenir d'un créneau ou d'un simple appel",
        ),
    )
