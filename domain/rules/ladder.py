"""INC-5: when each amicable follow-up is due, and when none is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.cases import Incident
from domain.duty import World
from domain.rules.arrears import contribution_of
from domain.state import Journey

MIDNIGHT = time(0)
DAY = timedelta(days=1)

SPACING = timedelta(days=3)
"""A follow-up this close to the one that tells of the thirtieth day gives way to it."""


@dataclass(frozen=True)
class Step:
    """One follow-up, named by its number of days; useful until the next step."""

    name: str
    at: datetime
    until: datetime

    @property
    def is_last_call(self) -> bool:
        """It tells what the thirtieth day after the due date changes."""
        return self.name == LAST_CALL

    def key(self, incident: Incident) -> str:
        """Once for each time the incident stands open."""
        return _key(incident, self.name)


FIRST, SECOND, LAST_CALL = "first", "second", "last_call"


def thirtieth_day(incident: Incident, world: World) -> date | None:
    """The last day of the delay that the right to error gives, counted from the due date (CSS R243-11)."""
    return incident.due_on and incident.due_on + timedelta(days=world.policy.remission_days)


def steps(journey: Journey, incident: Incident, told_at: datetime, world: World) -> tuple[Step, ...]:
    """The follow-ups of an incident told at an instant, in order; what moved since puts them off."""
    planned = sorted(_planned(journey, incident, told_at, world), key=lambda it: it[1])
    ends = [at for _, at in planned[1:]] + [_exhausted(journey, incident, told_at, planned, world)]
    return tuple(
        Step(name, at, _until(name, end, incident, world)) for (name, at), end in zip(planned, ends, strict=True)
    )


def _until(name: str, end: datetime, incident: Incident, world: World) -> datetime:
    """What the thirtieth day changes is no longer worth saying once it is over."""
    thirtieth = thirtieth_day(incident, world)
    return min(end, world.closing(thirtieth)) if thirtieth and name == LAST_CALL else end


def handover_at(journey: Journey, incident: Incident, told_at: datetime, world: World) -> datetime:
    """When the ladder is exhausted: after the thirtieth day, and some days after the last word or movement (INC-7)."""
    return _exhausted(journey, incident, told_at, list(_planned(journey, incident, told_at, world)), world)


Planned = tuple[str, datetime]


def _planned(journey: Journey, incident: Incident, told_at: datetime, world: World) -> Iterator[Planned]:
    first_days, second_days, _ = world.policy.followup_days
    origin = _origin(journey, incident, told_at, world)
    last_call = _last_call(incident, told_at, world)
    first = _morning(origin + timedelta(days=first_days), incident, world)
    second = _morning(origin + timedelta(days=second_days), incident, world)
    for name, at in ((FIRST, first), (SECOND, second)):
        superseded = name == FIRST and first >= second
        if not superseded and (last_call is None or abs(at - last_call) >= SPACING):
            yield name, at
    if last_call:
        yield LAST_CALL, last_call


def _origin(journey: Journey, incident: Incident, told_at: datetime, world: World) -> date:
    payments = contribution_of(journey, incident).payments
    moves = (told_at, incident.moved_at or told_at, *(it.at for it in payments))
    return world.calendar.day_of(max(moves))


def _morning(day: date, incident: Incident, world: World) -> datetime:
    if incident.promised_on:
        day = max(day, incident.promised_on + DAY)
    return world.opening(world.calendar.working_day_on_or_after(day))


def _last_call(incident: Incident, told_at: datetime, world: World) -> datetime | None:
    """None when it was told too late to leave, or when a promise waits for the thirtieth day itself."""
    thirtieth = thirtieth_day(incident, world)
    if thirtieth is None or incident.due_on is None:
        return None
    day = incident.due_on + timedelta(days=world.policy.followup_days[2])
    promised_later = incident.promised_on is not None and incident.promised_on > thirtieth
    on = world.calendar.working_day_on_or_after(day)
    at = world.opening(on) if promised_later else _morning(day, incident, world)
    useful = world.calendar.day_of(told_at) < day and world.calendar.day_of(at) <= thirtieth
    return at if useful else None


def _exhausted(
    journey: Journey, incident: Incident, told_at: datetime, planned: list[Planned], world: World
) -> datetime:
    """The days between the last call and the thirtieth are also left after any other word or movement."""
    told_on = world.calendar.day_of(told_at)
    thirtieth = thirtieth_day(incident, world) or told_on + timedelta(days=world.policy.remission_days)
    quiet = timedelta(days=world.policy.remission_days - world.policy.followup_days[2])
    words = [_said_on(journey, incident, name, at, world) for name, at in planned if name != LAST_CALL]
    moves = [_origin(journey, incident, told_at, world), incident.promised_on or told_on]
    last = max(thirtieth, *(day + quiet for day in (*words, *moves)))
    return world.calendar.at(last + DAY, MIDNIGHT)


def _said_on(journey: Journey, incident: Incident, name: str, at: datetime, world: World) -> date:
    return world.calendar.day_of(journey.done.get(_key(incident, name), at))


def _key(incident: Incident, name: str) -> str:
    return f"INC-5:{incident.id}:{incident.changes}:{name}"
