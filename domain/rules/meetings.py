"""APT-5: registered for a meeting or a training, the enterprise is told so, reminded, and told of what changes."""

from __future__ import annotations

from collections.abc import Iterator

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.duty import Duty, World
from domain.effects import Purpose, Record, SendMessage
from domain.facts import RegistrationChanged
from domain.meetings import KINDS, PARTNERS, Change, Registration
from domain.messages import Outgoing, checks
from domain.rules.appointment_reminders import reminder_instant
from domain.state import Journey
from domain.tasks import ends
from domain.words import day

SUMMARIES = {
    Change.REGISTERED: "inscription",
    Change.MOVED: "changement",
    Change.LEFT: "désinscription",
    Change.CANCELLED: "annulation",
}
AT_ONCE = (Change.REGISTERED, Change.LEFT)
"""What was just asked for is acknowledged at once (COM-2)."""


@absorb.register
def _(fact: RegistrationChanged, journey: Journey) -> Absorbed:
    it = fact.registration
    known = journey.registrations.get(it.meeting)
    if known and known.sequence >= it.sequence:
        return journey, outdated("APT-5", _summary(it, SUMMARIES[it.change]), fact)
    changed = journey.but(registrations={**journey.registrations, it.meeting: it})
    return changed, noted("APT-5", _summary(it, SUMMARIES[it.change]), fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """A letter for each change, and the reminder of what stands; they outlive the journey, as appointments do."""
    for it in journey.registrations.values():
        letter = _letter(it, f"meeting_{it.change}", SUMMARIES[it.change], world, immediate=it.change in AT_ONCE)
        yield Duty.of(it.at, f"APT-5:{it.change}:{it.meeting}:{it.sequence}", (letter,), until=it.starts_at)
        if it.stands:
            yield from _reminder(journey, it, world)


def _reminder(journey: Journey, it: Registration, world: World) -> Iterator[Duty]:
    """Two days before; what was arranged later than that has just been confirmed."""
    at = reminder_instant(f"{journey.siren}:{it.meeting}:{it.sequence}", it.starts_at, world)
    if at <= it.at:
        return
    key = f"APT-5:reminder:{it.meeting}:{it.sequence}"
    late = Record(rule="APT-5", summary=f"Pas de rappel de la {KINDS[it.kind]} : trop tard", label="skipped")
    yield Duty.of(at, key, (_letter(it, "meeting_reminder", "rappel", world),), until=it.starts_at, late=(late,))


def _letter(it: Registration, template: str, what: str, world: World, *, immediate: bool = False) -> SendMessage:
    return SendMessage(
        rule="APT-5",
        summary=f"{_summary(it, what)}, {day(world.calendar.day_of(it.starts_at))}",
        subject=f"{template}:{it.meeting}:{it.sequence}",
        template=template,
        purpose=Purpose.CASE,
        facts={
            "meeting": it.meeting,
            "sequence": it.sequence,
            "kind": it.kind,
            "title": it.title,
            "place": it.place,
            "starts_at": it.starts_at.astimezone(world.calendar.zoneinfo).isoformat(),
            "minutes": it.minutes,
        },
        copy_accountant=True,
        immediate=immediate,
        valid_until=it.starts_at,
    )


def _summary(it: Registration, what: str) -> str:
    return f"{KINDS[it.kind].capitalize()} « {it.title} » : {what}"


@checks(*(f"meeting_{it}" for it in Change), "meeting_reminder")
def _still_so(message: Outgoing, journey: Journey) -> str | None:
    known = journey.registrations[message.facts["meeting"]]
    return None if known.sequence == message.facts["sequence"] else "l'inscription a changé entre-temps"


@ends("partner_meeting", within_journey=True)
def _is_registered(_: str, journey: Journey) -> str | None:
    expected = any(it.kind == PARTNERS and it.stands for it in journey.registrations.values())
    return "l'entreprise est inscrite à une réunion des partenaires" if expected else None
