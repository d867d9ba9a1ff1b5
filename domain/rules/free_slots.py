"""APT-2 and APT-3: appointments that wait for a slot, and what is done when there is none in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from domain.absorption import Absorbed, absorb, noted
from domain.cases import Appointment, Slot
from domain.duty import Change, Duty, World
from domain.effects import Effect, OpenTask, Queue, Record
from domain.facts import SlotAttendance, SlotFreed
from domain.requests import Ask, Request
from domain.rules.appointment_letters import proposed
from domain.rules.appointments import KINDS, PHONE, has_phone, kept
from domain.state import Journey
from domain.tasks import ends

CHOOSING = (Ask.APPOINTMENT, Ask.BOOK, Ask.RESCHEDULE)


@absorb.register
def _(fact: SlotFreed, journey: Journey) -> Absorbed:
    known = journey.appointments.get(fact.appointment)
    if known is None or not known.is_offered or not known.starved:
        return journey, ()
    newest = max(known.freed_at or fact.at, fact.at)
    lines = noted("APT-2", "Un créneau se libère pour un rendez-vous en attente", fact)
    return journey.with_appointment(replace(known, freed_at=newest)), lines


@absorb.register
def _(fact: SlotAttendance, journey: Journey) -> Absorbed:
    booked = (it for it in journey.appointments.values() if it.is_booked)
    known = next((it for it in booked if it.slot and it.slot.id == fact.slot), None)
    place = f"attendance:{fact.slot}"
    if known is None or not journey.is_newest(place, fact.at, fact.id):
        return journey, ()
    changed = replace(known, unattended_since=None if fact.attended else fact.at)
    summary = "L'agent du rendez-vous est de nouveau présent" if fact.attended else "L'agent du rendez-vous est absent"
    return journey.with_appointment(changed).stamped(place, fact.at, fact.id), noted("APT-2", summary, fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Look once whether an offer can be taken, and once more each time it is asked for or a slot is freed for it."""
    for it in journey.appointments.values():
        if it.is_offered:
            yield _look(journey, it, world)


def wants_slots(before: Journey, after: Journey, requests: Sequence[Request]) -> bool:
    """Whether a step is to be decided with the free slots in view."""
    unlooked = (it for it in after.appointments.values() if it.is_offered and _key(it) not in before.done)
    return any(request.ask in CHOOSING for request in requests) or any(unlooked)


def wanted_slots(requests: Sequence[Request]) -> tuple[str, ...]:
    """The slots that requests want to hold."""
    return tuple(sorted({str(it.data["slot"]) for it in requests if it.ask in (Ask.BOOK, Ask.RESCHEDULE)}))


def waits(journey: Journey, it: Appointment) -> bool:
    """It was looked at, and no free slot suits it."""
    return it.is_offered and it.starved and _key(it) in journey.done


def _key(it: Appointment) -> str:
    asked = f":{it.requested_at.isoformat()}" if it.requested_at else ""
    return f"APT-2:look:{it.id}:{it.freed_at.isoformat() if it.freed_at else ''}{asked}"


def _look(journey: Journey, it: Appointment, world: World) -> Duty:
    since = it.requested_at or it.offered_at
    at = world.calendar.next_open(it.freed_at) if it.freed_at and it.freed_at > since else since
    if world.slots is None:
        return Duty.of(at, _key(it), ())
    effects, change = _found(journey, it, world) if suitable(journey, it, world) else _nothing(journey, it, world)
    return Duty.of(at, _key(it), effects, change)


def suitable(journey: Journey, it: Appointment, world: World) -> list[Slot]:
    """Free slots this appointment could take; a priority one only in time (APT-3)."""
    formats = {it.format} if it.format else {"in_person", "video", "on_site", *([PHONE] if has_phone(journey) else [])}
    end = it.offer_until if it.kind == "priority" else None
    later = (slot for slot in world.slots or () if slot.starts_at > world.now)
    return [slot for slot in later if formats & {*slot.formats} and (end is None or slot.starts_at <= end)]


def _found(journey: Journey, it: Appointment, world: World) -> tuple[tuple[Effect, ...], Change]:
    """Slots to choose among answer a request and keep a priority promise, whenever one is booked (SVC-1).

    Those who waited for one are told once.
    """
    effects: tuple[Effect, ...] = (proposed(it, "slot_freed", world),) if it.starved else ()
    effects += kept(journey, it, world.now)[1]
    return effects, lambda state, now: _served(state, it, now)


def _served(journey: Journey, it: Appointment, now: datetime) -> Journey:
    return kept(journey.with_appointment(replace(it, starved=False)), it, now)[0]


def _nothing(journey: Journey, it: Appointment, world: World) -> tuple[tuple[Effect, ...], Change]:
    if it.starved:
        return (), lambda state, _: state
    return (_without_slot(journey, it, world),), lambda state, _: state.with_appointment(replace(it, starved=True))


def _without_slot(journey: Journey, it: Appointment, world: World) -> Effect:
    label = KINDS[it.kind].label
    if it.kind == "priority":
        return OpenTask(
            rule="APT-3",
            summary=f"Aucun créneau libre à temps pour un {label}",
            key=f"APT-3:no-slot:{it.id}",
            task="no_slot",
            due_at=world.closing(world.calendar.add_working_days(world.today, 1)),
            queue=Queue.SUPERVISOR,
            guidance=("Ouvrir un créneau avant la date promise", "Sinon, faire appeler l'entreprise"),
            about=f"shortage:{it.id}",
        )
    commitment = journey.commitments.get(it.commitment or "")
    if commitment is None:
        return Record(rule="APT-2", summary=f"Aucun créneau libre pour l'instant : {label}", label="appointment")
    return OpenTask(
        rule="APT-1",
        summary=f"Répondre à une demande : {label}, aucun créneau libre",
        key=commitment.subject,
        task="request",
        due_at=world.calendar.last_useful_hour(commitment.due_at),
        guidance=("Ouvrir un créneau, ou répondre par écrit sur ce qui est demandé",),
        about=f"shortage:{it.id}",
    )


@ends("shortage")
def _has_a_slot(appointment: str, journey: Journey) -> str | None:
    it = journey.appointments[appointment]
    if not it.is_offered:
        return "la proposition a pris fin"
    return None if it.starved else "un créneau s'est libéré"


def shortage(waiting: int, free: int, world: World) -> OpenTask | None:
    """The warning to a supervisor when more priority offers wait than slots are free in time for them (APT-3)."""
    if waiting <= free:
        return None
    return OpenTask(
        rule="APT-3",
        summary=f"Créneaux insuffisants : {waiting} rendez-vous prioritaires attendent, {free} créneaux libres à temps",
        key=f"APT-3:shortage:{world.today}",
        task=SHORTAGE,
        due_at=world.closing(world.calendar.add_working_days(world.today, 1)),
        queue=Queue.SUPERVISOR,
        guidance=("Faire ouvrir des créneaux dans les prochains jours ouvrés",),
    )


SHORTAGE = "appointment_shortage"
