"""INC-3: a call that reached nobody is tried again the next half-day; after some attempts a letter goes instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from functools import partial

from domain.cases import Call
from domain.duty import Decided, Duty, World
from domain.effects import OpenTask, Purpose, Record, SendMessage
from domain.facts import TaskDone
from domain.messages import Outgoing, checks
from domain.rules.call_sheet import incident_sheet
from domain.state import Channel, Journey
from domain.tasks import why_over

UNHEARD = ("message_left", "unreachable")
ATTEMPT = ":attempt:"
CALLING = ("INC-3", "INC-4", "INC-10")
"""The rules that have an agent call about an incident."""

NOON = time(12)


def tried(journey: Journey, fact: TaskDone) -> Journey:
    """The same journey, an attempt counted when the call about an incident reached nobody."""
    work, first = journey.tasks.get(fact.key), fact.key.partition(ATTEMPT)[0]
    if work is None or fact.outcome not in UNHEARD or work.rule not in CALLING:
        return journey
    known = journey.calls.get(first) or Call(work.rule, work.summary, work.about)
    if fact.at in known.attempts:
        return journey
    counted = replace(known, attempts=tuple(sorted((*known.attempts, fact.at))))
    return journey.but(calls={**journey.calls, first: counted})


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
        due_at=_next_half_day(call.attempts[-1], world),
        guidance=(
            f"Tentative {number} : personne n'a été joint jusqu'ici, sinon une lettre prendra la suite",
            *incident_sheet(journey, incident, world),
        ),
        about=call.about,
    )
    return journey, (task,)


def _next_half_day(at: datetime, world: World) -> datetime:
    """The end of the afternoon after a morning, noon of the next working day after an afternoon."""
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
