"""Journeys of which the free slots are known, and what is asked about their appointments."""

from __future__ import annotations

from typing import Any

from domain.cases import Appointment, Slot
from domain.facts import AccountOpened, SlotAttendance
from domain.requests import Ask, Reply, Request
from domain.rules.appointments import offer
from tests.domain.rules.happenings import instant, stamp
from tests.domain.rules.life import Happened, Life

ALL = ("in_person", "phone", "video")


def slot(at: str, *formats: str, agent: str = "alice.martin", minutes: int = 45) -> Slot:
    """A slot named after its instant."""
    return Slot(at, agent, instant(at), minutes, formats or ALL)


class Meetings(Life):
    """A life among published slots."""

    def __init__(self, opening: AccountOpened, *slots: Slot) -> None:
        self.slots = slots
        super().__init__(opening)

    @property
    def free(self) -> tuple[Slot, ...]:
        """Those published, less those it holds itself."""
        held = {it.slot.id for it in self.journey.appointments.values() if it.slot and it.is_booked}
        return tuple(it for it in self.slots if it.id not in held and it.starts_at > self.now)

    def ask(self, at: str, ask: Ask, **data: Any) -> Reply:
        self.until(at)
        request = Request(f"{ask}-{at}", ask, {"by": "enterprise", **data})
        return self.take_step(request)[request.id]

    def appointment(self, kind: str) -> Appointment:
        """The newest of a kind."""
        return [it for it in self.journey.appointments.values() if it.kind == kind][-1]

    def take(self, at: str, kind: str, slot: str, **data: Any) -> Reply:
        """Book the newest appointment of a kind."""
        self.until(at)
        return self.ask(at, Ask.BOOK, appointment=self.appointment(kind).id, slot=slot, **data)

    def prioritise(self, at: str, until: str, incident: str = "incident-1") -> None:
        """A priority appointment is offered, as repeated incidents ask for."""
        self.until(at)
        world = self.rulebook.world(self.journey, self.now)
        self.journey, effects = offer(self.journey, "priority", incident, self.now, instant(until), world)
        self.happened += [Happened(self.now, effect) for effect in effects]
        self.take_step()

    def told(self, *templates: str) -> list[tuple[str, str]]:
        """Day and template of each message about appointments, or of these templates."""
        found = [(day, message.template) for (day, _), message in zip(self.sent(), self.messages(), strict=True)]
        return [it for it in found if (it[1] in templates if templates else it[1].startswith(("appointment", "slot")))]

    def opened(self, *kinds: str) -> list[tuple[str, str]]:
        """Kind of work and deadline of tasks."""
        return [(it.task, f"{it.due_at:%Y-%m-%d %H:%M}") for it in self.tasks() if it.task in kinds]


def slot_attendance(at: str, attended: bool, where: str) -> SlotAttendance:
    return SlotAttendance(**stamp(at), slot=where, attended=attended)
