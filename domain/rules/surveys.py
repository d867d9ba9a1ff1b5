"""SAT-1: a short survey after a first appointment, an incident's end, an exit; never two close together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.cases import AppointmentStatus
from domain.duty import Duty, World
from domain.effects import Purpose, Record, SendMessage
from domain.state import Channel, Journey

FRESH = timedelta(days=7)
"""How long after a moment one still remembers it well enough to be asked."""

ASKED = ("SAT-1:sent:", "EXT-3:closed:")
"""The duties that ask: a survey of its own, or the one in the closing message."""

NAMES = {"appointment": "premier rendez-vous", "incident": "incident"}


class Moment(NamedTuple):
    """What one may be asked about: a key of ``NAMES``, the id of the case, when it ended."""

    kind: str
    case: str
    at: datetime


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Ask the day after a moment, or note why nobody is asked."""
    if not journey.is_open:
        return
    for moment in _moments(journey):
        name = f"{moment.kind}:{moment.case}"
        if f"SAT-1:sent:{name}" in journey.done or f"SAT-1:spared:{name}" in journey.done:
            continue
        ask_at = world.opening(world.calendar.day_of(moment.at) + timedelta(days=1))
        if not may_be_asked(journey, ask_at, world):
            summary = f"Pas d'enquête sur un {NAMES[moment.kind]} : une autre est trop récente"
            yield Duty.of(ask_at, f"SAT-1:spared:{name}", (Record(rule="SAT-1", summary=summary, label="skipped"),))
        else:
            late = Record(rule="SAT-1", summary="Enquête trop tardive : non envoyée", label="skipped")
            yield Duty.of(ask_at, f"SAT-1:sent:{name}", (_survey(moment, name),), until=moment.at + FRESH, late=(late,))


def may_be_asked(journey: Journey, at: datetime, world: World) -> bool:
    """No other survey left in the days before (SAT-1)."""
    last = _last_asked(journey, world)
    return last is None or world.calendar.day_of(at) >= last + timedelta(days=world.policy.survey_gap_days)


def _last_asked(journey: Journey, world: World) -> date | None:
    asked = (at for key, at in journey.done.items() if key.startswith(ASKED))
    return max((world.calendar.day_of(at) for at in asked), default=None)


def _moments(journey: Journey) -> Iterator[Moment]:
    for it in journey.appointments.values():
        if it.kind == "initial" and it.status is AppointmentStatus.HELD and it.closed_at:
            yield Moment("appointment", it.id, it.closed_at)
    for incident in journey.incidents.values():
        if incident.closed_at and incident.contacted_at:
            yield Moment("incident", incident.id, incident.closed_at)


def _survey(moment: Moment, name: str) -> SendMessage:
    return SendMessage(
        rule="SAT-1",
        summary=f"Enquête de satisfaction : {NAMES[moment.kind]}",
        subject=f"survey:{name}",
        template="survey",
        purpose=Purpose.INFORMATION,
        channels=(Channel.MAIL,),
        facts={"moment": moment.kind},
    )
