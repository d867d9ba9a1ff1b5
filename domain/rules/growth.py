"""THR-2: strong growth is met once with a threshold appointment and the next partner meeting."""

from __future__ import annotations

from collections.abc import Iterator

from domain.duty import Decided, Duty, World
from domain.effects import OpenTask
from domain.rules.appointments import offer, open_until
from domain.rules.thresholds import in_strong_growth
from domain.state import Journey


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """One offer in a journey, as soon as the growth shows."""
    if "THR-2" in journey.done:
        return
    if journey.is_open and journey.started_at and in_strong_growth(journey, world.policy):
        yield Duty(journey.started_at, "THR-2", _met)


def _met(journey: Journey, world: World) -> Decided:
    offered, effects = offer(journey, "threshold", "growth", world.now, open_until("threshold", world), world)
    return offered, (*effects, _meeting(journey, world))


def _meeting(journey: Journey, world: World) -> OpenTask:
    return OpenTask(
        rule="THR-2",
        summary=f"Forte croissance ({journey.headcount} salariés) : inviter à la prochaine réunion des partenaires",
        key="THR-2",
        task="partner_meeting",
        due_at=world.closing(world.calendar.add_working_days(world.today, 5)),
        guidance=("Présenter les effets des seuils, gelés ou non", "L'inscrire à la prochaine réunion des partenaires"),
        about="partner_meeting:",
    )
