"""INC-4: difficulties that come back over some months, and what is offered then."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import attrgetter

from domain.cases import Incident, IncidentStatus
from domain.duty import Decided, Duty, OfEachCase, World
from domain.effects import Effect, OpenTask, Purpose, SendMessage
from domain.messages import Outgoing, checks
from domain.rules.appointments import offer
from domain.rules.arrears import counted, is_chased, number_of, status_of
from domain.rules.call_sheet import incident_sheet
from domain.rules.endings import said_of
from domain.state import Channel, Journey


def _owed(incident: Incident, journey: Journey, world: World) -> Iterator[Duty]:
    """One answer to each difficulty that repeats."""
    if not _is_answered(journey, incident) and is_chased(journey, incident, world):
        number = number_of(journey, incident, world)
        if number >= world.policy.repetition_count:
            yield _help(journey, incident)


duties = OfEachCase("incidents", _owed, shared=counted, kin=attrgetter("period"))


def _is_answered(journey: Journey, incident: Incident) -> bool:
    """For its period, on whichever account: what is repeated is the difficulty of a month (INC-4)."""
    rank = len(incident.relapses)
    same = (it for it in journey.incidents.values() if it.period == incident.period and len(it.relapses) >= rank)
    return any(f"INC-4:{it.id}:{rank}" in journey.done for it in same)


def _key(incident: Incident) -> str:
    return f"INC-4:{incident.id}:{len(incident.relapses)}"


def _help(journey: Journey, incident: Incident) -> Duty:
    at = incident.noticed_at or incident.opened_at
    if journey.accountant:
        return Duty(at, _key(incident), partial(_tell_the_accountant, incident), in_window=True)
    return Duty(at, _key(incident), partial(_offer, incident))


def _offer(incident: Incident, journey: Journey, world: World) -> Decided:
    days = world.policy.priority_appointment_working_days
    until = world.closing(world.calendar.add_working_days(world.today, days))
    return offer(journey, "priority", incident.id, world.now, until, world)


def _tell_the_accountant(incident: Incident, journey: Journey, world: World) -> Decided:
    number = number_of(journey, incident, world)
    return journey, (_to_the_accountant(journey, incident, number), _task(journey, incident, number, world))


def _to_the_accountant(journey: Journey, incident: Incident, number: int) -> Effect:
    return SendMessage(
        rule="INC-4",
        summary=f"Difficultés répétées signalées à l'expert-comptable ({number} en quelques mois)",
        subject=f"incident-repeated:{incident.id}:{len(incident.relapses)}",
        template="incident_repeated",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts=said_of(journey, incident) | {"number": number, "to_accountant": True},
        only_accountant=True,
        event_id=incident.event_id,
    )


def _task(journey: Journey, incident: Incident, number: int, world: World) -> Effect:
    return OpenTask(
        rule="INC-4",
        summary=f"Difficultés répétées ({number}) : voir avec l'expert-comptable ce qui aiderait",
        key=_key(incident),
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, world.policy.incident_call_working_days)),
        guidance=("Appeler l'expert-comptable", *incident_sheet(journey, incident, world)),
        about=f"debt:{incident.id}",
        to_accountant=True,
        event_id=incident.event_id,
    )


@checks("incident_repeated")
def _still_stands(message: Outgoing, journey: Journey) -> str | None:
    status = status_of(journey, journey.incidents[message.facts["incident"]])
    return None if status is IncidentStatus.OPEN else "l'incident n'est plus ouvert"
