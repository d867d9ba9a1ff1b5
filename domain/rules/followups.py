"""INC-2, INC-3, INC-5 and INC-9: the first word on an incident, the call, the amicable follow-ups, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from domain.cases import Incident, IncidentStatus
from domain.duty import Decided, Duty, OfEachCase, World
from domain.effects import Effect, OpenTask, Purpose, Record, SendMessage
from domain.messages import Outgoing, checks
from domain.rules.appointments import has_phone
from domain.rules.arrears import debt_is_over, is_chased, is_small, left_to_pay, number_of, status_of
from domain.rules.call_sheet import incident_sheet
from domain.rules.endings import said_of
from domain.rules.incidents import NAMES, is_followed
from domain.rules.ladder import Step, handover_at, steps, thirtieth_day
from domain.rules.plans import pending_plan
from domain.rules.recovery import hold_at
from domain.rules.right_to_error import ceiling_on, may_be_told
from domain.state import Journey
from domain.tasks import ends
from domain.words import capital, day, euros, the_period


def _owed(incident: Incident, journey: Journey, world: World) -> Iterator[Duty]:
    """What is said of an incident that stands open, and when it is no longer a matter for kind words."""
    if is_chased(journey, incident, world):
        yield from _contacts(journey, incident, world)
    elif incident.status is IncidentStatus.OPEN and is_followed(journey, incident):
        yield from _small(journey, incident, world)


duties = OfEachCase("incidents", _owed)


def _small(journey: Journey, incident: Incident, world: World) -> Iterator[Duty]:
    left = left_to_pay(journey, incident)
    if left and is_small(left, world):
        line = Record(
            rule="INC-9",
            summary=f"{euros(left)} pour {the_period(incident.period)} : noté, sans relance",
            label="skipped",
        )
        yield Duty.of(_noticed_at(incident), f"INC-9:{incident.id}:{incident.changes}", (line,))


def _contacts(journey: Journey, incident: Incident, world: World) -> Iterator[Duty]:
    if not journey.accountant and has_phone(journey):
        key = _call_key(incident.id, incident.changes, announced=incident.announced)
        yield Duty(_noticed_at(incident), key, partial(_call, incident, key))
    if incident.announced:
        return
    if incident.told_at is None:
        key = f"INC-2:{incident.id}:{incident.changes}"
        yield Duty(_noticed_at(incident), key, partial(_tell, incident), in_window=True)
    elif not incident.hold and not hold_at(journey, incident, world):
        yield from _ladder(journey, incident, incident.told_at, world)


def _noticed_at(incident: Incident) -> datetime:
    return incident.noticed_at or incident.opened_at


def _tell(incident: Incident, journey: Journey, world: World) -> Decided:
    now, number = world.now, number_of(journey, incident, world)
    told = journey.with_incident(replace(incident, told_at=now, contacted_at=now, number=number))
    return told, (_first_word(journey, incident, world),)


def _first_word(journey: Journey, incident: Incident, world: World) -> Effect:
    first_step = world.today + timedelta(days=world.policy.followup_days[0])
    what = f"{capital(NAMES[incident.kind])} pour {the_period(incident.period)}"
    return SendMessage(
        rule="INC-2",
        summary=f"{what} : ce qui s'est passé, ce qui est possible",
        subject=f"incident:{incident.id}:{incident.changes}",
        template="incident_opened",
        purpose=Purpose.CASE,
        facts=said_of(journey, incident)
        | {
            "act_by": world.calendar.working_day_on_or_after(first_step),
            "broken_plan": bool(incident.relapses),
            "plan_pending": pending_plan(journey, incident.key) is not None,
        },
        copy_accountant=True,
        critical=True,
        event_id=incident.event_id,
    )


def _call_key(incident: str, changes: int, *, announced: bool) -> str:
    return f"INC-3:{incident}:{changes}{':announced' if announced else ''}"


@ends("incident")
def _call_is_needless(incident: str, journey: Journey) -> str | None:
    """Another call about the same incident replaces the one before."""
    id_, _, change = incident.rpartition(":")
    known = journey.incidents[id_]
    if status_of(journey, known) is IncidentStatus.PLANNED:
        return "un délai de paiement est accordé"
    later = (
        _call_key(id_, it, announced=word) for it in range(int(change) + 1, known.changes + 1) for word in (False, True)
    )
    replaced = any(key in journey.done for key in later)
    return debt_is_over(id_, journey) or ("un autre appel la remplace" if replaced else None)


def _call(incident: Incident, key: str, journey: Journey, world: World) -> Decided:
    task = OpenTask(
        rule="INC-3",
        summary=f"Appeler l'entreprise : {NAMES[incident.kind]} pour {the_period(incident.period)}",
        key=key,
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, world.policy.incident_call_working_days)),
        guidance=incident_sheet(journey, incident, world),
        about=f"incident:{incident.id}:{incident.changes}",
        event_id=incident.event_id,
    )
    return journey, (task,)


def _ladder(journey: Journey, incident: Incident, told_at: datetime, world: World) -> Iterator[Duty]:
    for step in steps(journey, incident, told_at, world):
        remind, late = partial(_remind, incident, step), partial(_too_late, incident)
        yield Duty(step.at, step.key(incident), remind, step.until, late, in_window=True)
    at = handover_at(journey, incident, told_at, world)
    yield Duty(at, f"INC-7:{incident.id}:{incident.changes}:ladder", partial(_hand_over, incident))


def _too_late(incident: Incident, journey: Journey, _: World) -> Decided:
    summary = f"Relance pour {the_period(incident.period)} trop tardive : non envoyée"
    return journey, (Record(rule="INC-5", summary=summary, label="skipped"),)


def _hand_over(incident: Incident, journey: Journey, world: World) -> Decided:
    summary = f"Relances amiables pour {the_period(incident.period)} terminées : le recouvrement prend la suite"
    handed_over = journey.with_incident(replace(incident, handed_over_at=world.now))
    return handed_over, (Record(rule="INC-7", summary=summary, label="incident"),)


def _remind(incident: Incident, step: Step, journey: Journey, world: World) -> Decided:
    message = _last_call(journey, incident, world) if step.is_last_call else _follow_up(journey, incident, step)
    return journey.with_incident(replace(incident, contacted_at=world.now)), (message,)


def _follow_up(journey: Journey, incident: Incident, step: Step) -> Effect:
    return SendMessage(
        rule="INC-5",
        summary=f"Relance amiable pour {the_period(incident.period)}",
        subject=f"follow-up:{incident.id}:{incident.changes}:{step.name}",
        template="incident_followup",
        purpose=Purpose.CASE,
        facts=said_of(journey, incident) | {"step": step.name},
        copy_accountant=True,
        critical=True,
        valid_until=step.until,
        event_id=incident.event_id,
    )


def _last_call(journey: Journey, incident: Incident, world: World) -> Effect:
    thirtieth = thirtieth_day(incident, world) or world.today
    forgiven = may_be_told(journey, incident, world)
    still = (
        "les majorations peuvent encore être évitées" if forgiven else "la situation peut encore se régler simplement"
    )
    return SendMessage(
        rule="INC-5",
        summary=f"Dernière relance pour {the_period(incident.period)} : jusqu'au {day(thirtieth)}, {still}",
        subject=f"follow-up:{incident.id}:{incident.changes}:last-call",
        template="incident_last_call",
        purpose=Purpose.CASE,
        facts=said_of(journey, incident)
        | {
            "thirtieth_on": thirtieth,
            "right_to_error": forgiven,
            "ceiling": ceiling_on(world.today),
        },
        copy_accountant=True,
        critical=True,
        valid_until=world.closing(thirtieth),
        event_id=incident.event_id,
    )


@checks("incident_opened")
def _still_open(message: Outgoing, journey: Journey) -> str | None:
    incident = journey.incidents[message.facts["incident"]]
    return None if status_of(journey, incident) is IncidentStatus.OPEN else "l'incident n'est plus ouvert"


@checks("incident_followup", "incident_last_call")
def _nothing_has_moved(message: Outgoing, journey: Journey) -> str | None:
    if journey.incidents[message.facts["incident"]].hold:
        return "le recouvrement est suspendu entre-temps"
    return _still_open(message, journey)
