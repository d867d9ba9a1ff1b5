"""APT-2 to APT-4: what time brings to an appointment offered or booked. It outlives the journey (EXT-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.cases import Appointment, AppointmentStatus, Slot
from domain.duty import Change, Duty, World
from domain.effects import OpenTask, Queue, Record
from domain.obligations import spread_instant
from domain.requests import Ask
from domain.rules.appointment_letters import announced, proposed
from domain.rules.appointments import KINDS, left_open, moot
from domain.rules.initial import preparation
from domain.state import Journey
from domain.tasks import ends
from domain.words import day

RESERVE = timedelta(hours=1)
"""The end of the sending window is kept for what must be tried again (REM-7)."""


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """The offer and what follows silence; the preparation, the reminder and the outcome of what is booked."""
    for it in journey.appointments.values():
        if it.is_offered:
            yield from _offered(journey, it, world)
        elif it.is_booked and it.slot:
            yield from _booked(journey, it, it.slot, world)


def _offered(journey: Journey, it: Appointment, world: World) -> Iterator[Duty]:
    reason = moot(journey, it)
    if reason:
        line = Record(rule="APT-4", summary=f"Proposition retirée : {reason}", label="appointment")
        yield Duty.of(
            it.offered_at, f"APT-4:withdrawn:{it.id}", (line,), change=_ender(it, AppointmentStatus.CANCELLED)
        )
        return
    template = "appointment_again" if it.offered_again else "appointment_offer"
    letter = proposed(it, template, world, immediate=it.requested)
    yield Duty.of(it.offered_at, f"APT-2:offer:{it.id}", (letter,), until=it.offer_until)
    yield from _silence(it, world)
    if it.offer_until:
        line = Record(rule="APT-4", summary=f"{KINDS[it.kind].label.capitalize()} : proposition échue", label="skipped")
        yield Duty.of(it.offer_until, f"APT-4:expired:{it.id}", (line,), change=_ender(it, AppointmentStatus.EXPIRED))


def _silence(it: Appointment, world: World) -> Iterator[Duty]:
    """Reminded once, then called (APT-4); nobody is reminded to choose among no slots."""
    days = world.policy.offer_reminder_working_days
    remind_on = world.calendar.add_working_days(world.calendar.day_of(it.offered_at), days)
    call_on = world.calendar.add_working_days(remind_on, days)
    call_at = min(world.opening(call_on), it.offer_until or world.opening(call_on))
    if not it.starved and world.opening(remind_on) < call_at:
        yield _nudge(world.opening(remind_on), it, call_at, world)
    yield _call(call_at, it, call_on, world)


def _nudge(at: datetime, it: Appointment, until: datetime, world: World) -> Duty:
    return Duty.of(at, f"APT-4:nudge:{it.id}", (proposed(it, "appointment_nudge", world),), until=until)


def _call(at: datetime, it: Appointment, call_on: date, world: World) -> Duty:
    call = OpenTask(
        rule="APT-4",
        summary=f"Appeler l'entreprise : {KINDS[it.kind].label} proposé, sans réponse",
        key=_call_key(it),
        task="call",
        due_at=world.closing(world.calendar.add_working_days(call_on, 1)),
        guidance=("Convenir d'un créneau et le réserver", "Demander ce qui empêche : horaire, forme, utilité"),
        about=f"offer:{it.id}",
    )
    return Duty.of(at, call.key, (call,))


def _ender(it: Appointment, status: AppointmentStatus) -> Change:
    def change(journey: Journey, now: datetime) -> Journey:
        ended = journey.with_appointment(replace(it, status=status, closed_at=now, starved=False))
        return left_open(ended, it, now)[0] if status is AppointmentStatus.CANCELLED else ended

    return change


def _booked(journey: Journey, it: Appointment, slot: Slot, world: World) -> Iterator[Duty]:
    booked_at = it.booked_at or it.offered_at
    prepare = preparation(journey, it, slot, world)
    yield Duty.of(booked_at, prepare.key, (prepare,))
    if it.unattended_since:
        yield _replacement(it, it.unattended_since, slot, world)
    yield from _reminder(journey, it, slot, booked_at, world)
    yield _outcome(it, slot, world)


def _reminder(journey: Journey, it: Appointment, slot: Slot, booked_at: datetime, world: World) -> Iterator[Duty]:
    """Two days before; what was arranged later than that has just been confirmed."""
    at = reminder_instant(f"{journey.siren}:{it.id}:{it.sequence}", slot.starts_at, world)
    if at <= booked_at:
        return
    key = f"APT-2:reminder:{it.id}:{it.sequence}"
    if it.unattended_since:
        yield Duty.of(at, f"{key}:unattended", (_skipped("le conseiller attendu est absent"),), until=slot.starts_at)
        return
    letter = announced(it, "appointment_reminder", world, immediate=False)
    yield Duty.of(at, key, (letter,), until=slot.starts_at, late=(_skipped("trop tard"),))


def reminder_instant(key: str, starts_at: datetime, world: World) -> datetime:
    """When to remind of what begins then: two days before, at an instant of that day drawn from ``key``."""
    ahead = timedelta(days=world.policy.appointment_reminder_days)
    on = world.calendar.working_day_on_or_before(world.calendar.day_of(starts_at) - ahead)
    return spread_instant(key, on, world.calendar, RESERVE)


def _skipped(reason: str) -> Record:
    return Record(rule="APT-2", summary=f"Pas de rappel du rendez-vous : {reason}", label="skipped")


def _replacement(it: Appointment, since: datetime, slot: Slot, world: World) -> Duty:
    task = OpenTask(
        rule="APT-2",
        summary=f"Rendez-vous du {day(world.calendar.day_of(slot.starts_at))} : {slot.agent} est absent",
        key=f"APT-2:unattended:{it.id}:{since.isoformat()}",
        task="appointment_unattended",
        due_at=min(world.closing(world.calendar.add_working_days(world.today, 1)), slot.starts_at),
        queue=Queue.SUPERVISOR,
        guidance=("Déplacer le rendez-vous sur le créneau d'un autre conseiller", "Sinon, prévenir l'entreprise"),
        about=f"absence:{it.id}",
    )
    return Duty.of(since, task.key, (task,), until=slot.starts_at)


def _outcome(it: Appointment, slot: Slot, world: World) -> Duty:
    ends_at = slot.starts_at + timedelta(minutes=slot.minutes)
    on = world.calendar.day_of(ends_at)
    task = OpenTask(
        rule="APT-2",
        summary=f"Noter l'issue du rendez-vous du {day(on)} : tenu ou manqué",
        key=f"APT-2:outcome:{it.id}:{it.sequence}",
        task="appointment_outcome",
        due_at=world.closing(world.calendar.add_working_days(on, 1)),
        guidance=("Tenu : noter ce qui a été convenu", "Manqué : le rendez-vous est proposé de nouveau une fois"),
        about=f"outcome:{it.id}:{it.sequence}",
    )
    return Duty.of(ends_at, task.key, (task,))


@ends("offer")
def _offer_is_over(appointment: str, journey: Journey) -> str | None:
    it = journey.appointments[appointment]
    if it.status is AppointmentStatus.CANCELLED:
        return "la proposition est retirée"
    if it.status is AppointmentStatus.EXPIRED and _was_called_about_before(journey, it):
        return "la proposition a expiré"
    return "un créneau est choisi" if it.slot else None


def _was_called_about_before(journey: Journey, it: Appointment) -> bool:
    """Whether the call was asked for while the offer stood, and not because it ended."""
    asked_at = journey.done.get(_call_key(it))
    return asked_at is not None and it.closed_at is not None and asked_at < it.closed_at


def _call_key(it: Appointment) -> str:
    return f"APT-4:call:{it.id}"


@ends("outcome", final=True, deeds=(Ask.OUTCOME,))
@ends("booking", final=True)
def _booking_is_over(booking: str, journey: Journey) -> str | None:
    appointment, _, sequence = booking.rpartition(":")
    it = journey.appointments[appointment]
    if not it.is_booked:
        return "le rendez-vous est terminé ou annulé"
    return None if str(it.sequence) == sequence else "le rendez-vous est déplacé"


@ends("absence")
def _absence_is_over(appointment: str, journey: Journey) -> str | None:
    it = journey.appointments[appointment]
    if not it.is_booked:
        return "le rendez-vous est terminé ou annulé"
    return None if it.unattended_since else "un conseiller tiendra le rendez-vous"
