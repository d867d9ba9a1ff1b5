"""APT-2: a slot is held for an appointment, changed for another, or given up. No slot is ever held twice."""

from __future__ import annotations

from dataclasses import replace

from domain.cases import Appointment, AppointmentStatus, Slot
from domain.duty import World
from domain.effects import Effect, Record
from domain.requests import Reply, Request
from domain.rules.appointment_letters import announced
from domain.rules.appointment_replies import UNKNOWN, WITHOUT_PHONE, answer, not_now
from domain.rules.appointments import KINDS, MEANS, PHONE, has_phone, kept, left_open, moot, offer, open_until
from domain.rules.commitments import reopen
from domain.rules.free_slots import suitable
from domain.state import Journey

Answered = tuple[Journey, tuple[Effect, ...], Reply]

NEARBY = 5
"""How many free slots a refusal points to."""

ENTERPRISE_SIDE = ("enterprise", "accountant")


def book(journey: Journey, request: Request, world: World) -> Answered:
    """Hold a slot for an appointment offered."""
    known = journey.appointments.get(request.data["appointment"])
    if known is None:
        return journey, (), UNKNOWN
    if known.is_booked and known.slot and known.slot.id == request.data["slot"]:
        return journey, (), answer(known, 200, "Ce créneau est déjà réservé pour vous.")
    if not known.is_offered:
        return journey, (), not_now(known)
    chosen = _chosen(journey, known, request, world)
    if isinstance(chosen, Reply):
        return journey, (), chosen
    slot, means = chosen
    booked = replace(
        known,
        status=AppointmentStatus.BOOKED,
        slot=slot,
        format=means,
        booked_at=world.now,
        starved=False,
        contracts=tuple(request.data.get("contracts", ())),
        asks=request.data.get("note") is not None,
    )
    journey, met = _keep(journey.with_appointment(booked), known, slot, world)
    effects = (announced(booked, "appointment_booked", world), *met)
    return journey, effects, answer(booked, 200, "Rendez-vous pris : une confirmation vous est envoyée.")


def _keep(journey: Journey, offered: Appointment, slot: Slot, world: World) -> tuple[Journey, tuple[Effect, ...]]:
    """A priority promise is kept when a slot in time could be chosen, even if a later one was preferred (APT-3)."""
    commitment = journey.commitments.get(offered.commitment or "")
    if offered.kind != "priority" or commitment is None:
        return kept(journey, offered, world.now)
    in_time = slot.starts_at <= commitment.due_at or suitable(journey, offered, world)
    return kept(journey, offered, world.now) if in_time else (journey, ())


def reschedule(journey: Journey, request: Request, world: World) -> Answered:
    """Move a booked appointment to another slot."""
    known = journey.appointments.get(request.data["appointment"])
    if known is None:
        return journey, (), UNKNOWN
    if not known.is_booked or known.slot is None:
        return journey, (), not_now(known)
    if known.slot.id == request.data["slot"]:
        return journey, (), answer(known, 200, "Le rendez-vous est déjà à cet horaire.")
    chosen = _chosen(journey, known, request, world)
    if isinstance(chosen, Reply):
        return journey, (), chosen
    slot, means = chosen
    moved = replace(
        known, slot=slot, format=means, sequence=known.sequence + 1, booked_at=world.now, unattended_since=None
    )
    letter = announced(moved, "appointment_moved", world, previous=known.slot)
    return journey.with_appointment(moved), (letter,), answer(moved, 200, "Rendez-vous déplacé.")


def _chosen(journey: Journey, known: Appointment, request: Request, world: World) -> tuple[Slot, str] | Reply:
    free = [it for it in world.slots or () if it.starts_at > world.now]
    slot = next((it for it in free if it.id == request.data["slot"]), None)
    if slot is None:
        others = {"slots": [it.id for it in free[:NEARBY]]}
        return Reply(409, "APT-2", "Ce créneau n'est pas libre, ou ne l'est plus : choisissez-en un autre.", others)
    asked = request.data.get("format")
    possible = [it for it in slot.formats if it != PHONE or has_phone(journey)]
    means = asked or (known.format if known.format in possible else next(iter(possible), PHONE))
    if means not in slot.formats:
        held = " ou ".join(MEANS[it] for it in slot.formats)
        return Reply(409, "APT-2", f"Ce créneau se tient {held} : changez de forme, ou de créneau.")
    return (slot, means) if means in possible else WITHOUT_PHONE


def cancel(journey: Journey, request: Request, world: World) -> Answered:
    """Give up an appointment, offered or booked; its slot is free again."""
    known = journey.appointments.get(request.data["appointment"])
    if known is None:
        return journey, (), UNKNOWN
    if known.status is AppointmentStatus.CANCELLED:
        return journey, (), answer(known, 200, "Ce rendez-vous est déjà annulé.")
    if not known.is_ahead:
        return journey, (), not_now(known)
    gone = replace(
        known, status=AppointmentStatus.CANCELLED, closed_at=world.now, sequence=known.sequence + int(known.is_booked)
    )
    by_us = request.data.get("by") not in ENTERPRISE_SIDE
    journey, effects = _given_up(journey.with_appointment(gone), gone, world, by_us=by_us)
    line = Record(rule="APT-2", summary=f"Annulé : {KINDS[gone.kind].label}", label="appointment")
    if known.is_booked or (by_us and known.requested):
        effects += (announced(gone, "appointment_cancelled", world, by_us=by_us),)
    return journey, (line, *effects), answer(gone, 200, "Rendez-vous annulé.")


def _given_up(journey: Journey, gone: Appointment, world: World, *, by_us: bool) -> tuple[Journey, tuple[Effect, ...]]:
    """A refusal answers a request; a priority promise goes on unless the enterprise gives it up, with a new offer."""
    if not by_us:
        return left_open(journey, gone, world.now)
    if gone.kind != "priority":
        return kept(journey, gone, world.now)
    if gone.subject is None or moot(journey, gone):
        return journey, ()
    if gone.slot is None:
        return reopen(journey, gone.commitment, world.now)
    return offer(journey, gone.kind, gone.subject, world.now, open_until(gone.kind, world), world)
