"""APT: what the enterprise is told of an appointment, and until when it still holds."""

from __future__ import annotations

from typing import Any

from domain.cases import Appointment, AppointmentStatus, Slot
from domain.duty import World
from domain.effects import Purpose, SendMessage
from domain.messages import Outgoing, checks
from domain.rules.appointments import KINDS, moot
from domain.state import Channel, Journey
from domain.words import day

EVERYWHERE = (Channel.SMS, Channel.MAIL)
SUMMARIES = {
    "appointment_offer": "proposé",
    "appointment_again": "proposé de nouveau",
    "appointment_nudge": "rappel de la proposition",
    "slot_freed": "un créneau s'est libéré",
    "appointment_booked": "confirmé",
    "appointment_moved": "déplacé",
    "appointment_reminder": "rappel",
    "appointment_cancelled": "annulé",
}


def proposed(appointment: Appointment, template: str, world: World, *, immediate: bool = False) -> SendMessage:
    """An invitation to choose a slot; an unasked one may be refused as information (COM-1)."""
    is_case = appointment.requested or appointment.kind == "priority"
    until = appointment.offer_until
    return SendMessage(
        rule=_rule(appointment, template),
        summary=_summary(appointment, template),
        subject=f"{template}:{appointment.id}",
        template=template,
        purpose=Purpose.CASE if is_case else Purpose.INFORMATION,
        channels=EVERYWHERE if is_case or template != "appointment_offer" else (Channel.MAIL,),
        facts={
            "appointment": appointment.id,
            "kind": appointment.kind,
            "until_on": world.calendar.day_of(until) if until else None,
        },
        immediate=immediate,
        critical=appointment.kind == "priority",
        valid_until=until,
    )


def _rule(appointment: Appointment, template: str) -> str:
    return KINDS[appointment.kind].rule if template == "appointment_offer" else "APT-4"


def _summary(appointment: Appointment, template: str) -> str:
    return f"{KINDS[appointment.kind].label.capitalize()} : {SUMMARIES[template]}"


def announced(
    appointment: Appointment,
    template: str,
    world: World,
    *,
    previous: Slot | None = None,
    by_us: bool = False,
    immediate: bool = True,
) -> SendMessage:
    """What is arranged, changed or undone, by SMS and mail; the mail carries the calendar entry."""
    slot = appointment.slot
    when = f", {day(world.calendar.day_of(slot.starts_at))}" if slot else ""
    return SendMessage(
        rule="APT-2",
        summary=f"{_summary(appointment, template)}{when}",
        subject=f"{template}:{appointment.id}:{appointment.sequence}",
        template=template,
        purpose=Purpose.CASE,
        facts={
            "appointment": appointment.id,
            "sequence": appointment.sequence,
            "kind": appointment.kind,
            "format": appointment.format,
            "previous_starts_at": _local(previous, world),
            "by_us": by_us,
            **_meeting(slot, world),
        },
        copy_accountant=True,
        immediate=immediate,
        valid_until=slot.starts_at if slot else None,
    )


def _meeting(slot: Slot | None, world: World) -> dict[str, Any]:
    return {
        "starts_at": _local(slot, world),
        "minutes": slot.minutes if slot else None,
        "agent": slot.agent if slot else None,
    }


def _local(slot: Slot | None, world: World) -> str | None:
    return slot.starts_at.astimezone(world.calendar.zoneinfo).isoformat() if slot else None


@checks("appointment_offer", "appointment_again", "appointment_nudge", "slot_freed")
def _still_offered(message: Outgoing, journey: Journey) -> str | None:
    it = journey.appointments[message.facts["appointment"]]
    return moot(journey, it) if it.is_offered else "le rendez-vous n'est plus à prendre"


@checks("appointment_booked", "appointment_moved", "appointment_reminder")
def _still_booked(message: Outgoing, journey: Journey) -> str | None:
    it = journey.appointments[message.facts["appointment"]]
    if it.sequence != message.facts["sequence"]:
        return "le rendez-vous a changé entre-temps"
    if message.template == "appointment_reminder" and it.unattended_since:
        return "le conseiller attendu est absent : le rendez-vous est à replacer"
    return None if it.is_booked else "le rendez-vous n'a plus lieu"


@checks("appointment_cancelled")
def _still_cancelled(message: Outgoing, journey: Journey) -> str | None:
    cancelled = journey.appointments[message.facts["appointment"]].status is AppointmentStatus.CANCELLED
    return None if cancelled else "le rendez-vous n'est pas annulé"
