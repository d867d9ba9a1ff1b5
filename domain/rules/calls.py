"""INC-3: a call that reached nobody is tried again, the next half-day or when the agent says; then a letter goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import partial

from domain.cases import Call
from domain.duty import Decided, Duty, World
from domain.effects import OpenTask, Purpose, Record, SendMessage
from domain.facts import TaskDone
from domain.messages import Outgoing, checks
from domain.rules.call_sheet import incident_sheet
from domain.state import Channel, Journey, Work
from domain.tasks import why_over

UNHEARD = ("message_left", "unreachable")
ATTEMPT = ":attempt:"
CALLING = ("INC-3", "INC-4", "INC-10")
"""The rules that have an agent call about an incident."""

NOON = time(12)
MORNING, AFTERNOON = "morning", "afternoon"


def tried(journey: Journey, fact: TaskDone) -> Journey:
    """The same journey, an attempt counted when the call about an incident reached nobody."""
    work, first = journey.tasks.get(fact.key), fact.key.partition(ATTEMPT)[0]
    if work is None or fact.outcome not in UNHEARD or work.rule not in CALLING:
        return journey
    known = journey.calls.get(first) or Call(work.rule, work.summary, work.about)
    if fact.at in known.attempts:
        return journey
    attempts = tuple(sorted((*known.attempts, fact.at)))
    chosen = (*known.chosen, (fact.at, fact.again_by)) if fact.again_by else known.chosen
    counted = replace(known, attempts=attempts, chosen=tuple(sorted(chosen)))
    return journey.but(calls={**journey.calls, first: counted})


class Unfit(Enum):
    """Why a call is not tried again on the day that an agent chose."""

    NOT_A_CALL = auto()
    LAST = auto()
    PAST = auto()
    NOT_WORKED = auto()
    TOO_FAR = auto()


def may_be_tried_again(journey: Journey, key: str, world: World) -> bool:
    """Whether the task of that key is a call about an incident that has an attempt left."""
    work, known = journey.tasks.get(key), journey.calls.get(key.partition(ATTEMPT)[0])
    attempts = len(known.attempts) if known else 0
    return _is_a_call(work) and attempts + 1 < world.policy.incident_call_attempts


def _is_a_call(work: Work | None) -> bool:
    return work is not None and work.rule in CALLING and not work.over


def last_day(world: World) -> date:
    """The last day on which a call may be tried again: as long as recovery waits without a plan (INC-6)."""
    return world.today + timedelta(days=world.policy.hold_days)


def end_of_half(day: date, half: str | None, world: World) -> datetime:
    """When a half-day is over: noon for ``morning``; the whole day otherwise."""
    return world.calendar.at(day, NOON) if half == MORNING else world.closing(day)


def why_not_on(day: date, half: str | None, world: World) -> Unfit | None:
    """Why a call cannot be tried again that half-day."""
    if day < world.today or end_of_half(day, half, world) <= world.now:
        return Unfit.PAST
    if day > last_day(world):
        return Unfit.TOO_FAR
    return None if world.calendar.is_working_day(day) else Unfit.NOT_WORKED


def why_not_again(journey: Journey, key: str, outcome: str, day: date, half: str | None, world: World) -> Unfit | None:
    """Why the call of that task, ended so, cannot be tried again that half-day."""
    if not _is_a_call(journey.tasks.get(key)) or outcome not in UNHEARD:
        return Unfit.NOT_A_CALL
    return why_not_on(day, half, world) if may_be_tried_again(journey, key, world) else Unfit.LAST


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """The next attempt of each call that reached nobody, or its end."""
    for key, call in journey.calls.items():
        if why_over(call.about, journey):
            continue
        count = len(call.attempts)
        if count < world.policy.incident_call_attempts:
            yield Duty(call.attempts[-1], f"INC-3:{key}{ATTEMPT}{count + 1}", partial(_again, key))
        else:
            yield Duty.of(call.attempts[-1], f"INC-3:{key}:given-up", _given_up(key, call))


def _again(key: str, journey: Journey, world: World) -> Decided:
    call = journey.calls[key]
    number, incident = len(call.attempts) + 1, journey.incidents[call.about.split(":")[1]]
    task = OpenTask(
        rule=call.rule,
        summary=call.summary,
        key=f"{key}{ATTEMPT}{number}",
        task="call",
        due_at=dict(call.chosen).get(call.attempts[-1]) or next_half_day(call.attempts[-1], world),
        guidance=(
            f"Tentative {number} : personne n'a été joint jusqu'ici, sinon une lettre prendra la suite",
            *incident_sheet(journey, incident, world),
        ),
        about=call.about,
    )
    return journey, (task,)


def next_half_day(at: datetime, world: World) -> datetime:
    """When to call again unless an agent chooses.

    The end of the afternoon after a morning, noon of the next working day after an afternoon.
    """
    day = world.calendar.day_of(at)
    if world.calendar.is_working_day(day) and at < world.calendar.at(day, NOON):
        return world.closing(day)
    return world.calendar.at(world.calendar.add_working_days(day, 1), NOON)


def _given_up(key: str, call: Call) -> tuple[Record, SendMessage]:
    count = len(call.attempts)
    over = Record(rule="INC-3", summary=f"Appel terminé après {count} tentatives : une lettre part", label="skipped")
    letter = SendMessage(
        rule="INC-3",
        summary="Nous avons cherché à vous joindre : lettre à l'entreprise",
        subject=f"call-missed:{key}",
        template="call_missed",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={"attempts": count, "call": key},
    )
    return over, letter


@checks("call_missed")
def _still_matters(message: Outgoing, journey: Journey) -> str | None:
    return why_over(journey.calls[message.facts["call"]].about, journey)
