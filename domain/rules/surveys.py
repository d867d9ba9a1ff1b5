"""SAT-1: a short survey after a first appointment, an incident's good end, an exit; never two close together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.absorption import Absorbed, absorb, noted
from domain.cases import AppointmentStatus, Incident, IncidentStatus
from domain.duty import Duty, World
from domain.effects import OpenTask, Purpose, Record, SendMessage
from domain.facts import SurveyAnswered
from domain.messages import Outgoing, checks
from domain.rules.arrears import status_of
from domain.state import Channel, Journey

FRESH = timedelta(days=7)
"""How long after a moment one still remembers it well enough to be asked."""

ASKED = ("SAT-1:sent:", "EXT-3:closed:")
"""The duties that ask: a survey of its own, or the one in the closing message."""

NAMES = {"appointment": "premier rendez-vous", "incident": "incident"}
ENDED = "parcours terminé"
TROUBLED = "un incident ou une étape de recouvrement est en cours"
GOOD_ENDS = (IncidentStatus.PAID, IncidentStatus.CANCELLED)
CALL_WORKING_DAYS = 2
MIDDLE = 3
"""A mark above it is not kept: no policy calls about it."""


class Moment(NamedTuple):
    """What one may be asked about: a key of ``NAMES``, the id of the case, when it ended."""

    kind: str
    case: str
    at: datetime

    @property
    def name(self) -> str:
        """Identity of the survey about it."""
        return f"{self.kind}:{self.case}"


@absorb.register
def _(fact: SurveyAnswered, journey: Journey) -> Absorbed:
    said = noted("SAT-1", f"Avis donné à l'enquête : {fact.satisfaction} sur 5", fact)
    if fact.satisfaction > MIDDLE or fact.moment in journey.low_marks:
        return journey, said
    return journey.but(low_marks={**journey.low_marks, fact.moment: (fact.satisfaction, fact.received_at)}), said


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Ask the day after a moment, or note why nobody is asked."""
    yield from _calls(journey, world)
    if not journey.is_open:
        return
    moments = [it for it in _moments(journey) if not _is_dealt_with(journey, it)]
    last, troubled = (_last_asked(journey, world), _is_troubled(journey)) if moments else (None, False)
    for moment in moments:
        ask_at = world.opening(world.calendar.day_of(moment.at) + timedelta(days=1))
        reason = _reason(last, ask_at, world, troubled=troubled)
        yield _spare(moment, ask_at, reason) if reason else _ask(moment, ask_at)


def _spare(moment: Moment, ask_at: datetime, reason: str) -> Duty:
    summary = f"Pas d'enquête sur un {NAMES[moment.kind]} : {reason}"
    return Duty.of(ask_at, f"SAT-1:spared:{moment.name}", (Record(rule="SAT-1", summary=summary, label="skipped"),))


def _ask(moment: Moment, ask_at: datetime) -> Duty:
    late = Record(rule="SAT-1", summary="Enquête trop tardive : non envoyée", label="skipped")
    survey, until = _survey(moment), moment.at + FRESH
    return Duty.of(ask_at, f"SAT-1:sent:{moment.name}", (survey,), until=until, late=(late,))


def _calls(journey: Journey, world: World) -> Iterator[Duty]:
    for moment, (mark, at) in journey.low_marks.items():
        if mark <= world.policy.survey_low_mark:
            yield _call(moment, mark, at, world)


def _call(moment: str, mark: int, at: datetime, world: World) -> Duty:
    task = OpenTask(
        rule="SAT-1",
        summary=f"Appeler l'entreprise : {mark} sur 5 à l'enquête sur un {_named(moment)}",
        key=f"SAT-1:call:{moment}",
        task="call",
        due_at=world.closing(world.calendar.add_working_days(world.today, CALL_WORKING_DAYS)),
        guidance=("Remercier de l'avis, demander ce qui a manqué", "Ce qui a été écrit se lit à la page Encadrement"),
    )
    return Duty.of(at, task.key, (task,))


def _named(moment: str) -> str:
    """The subject of a survey's link is that of its letter: ``survey:incident:…``, or the closing message's."""
    return next((name for kind, name in NAMES.items() if f"{kind}:" in moment), ENDED)


def spared(journey: Journey, at: datetime, world: World) -> str | None:
    """Why nobody is asked for an opinion, in French: another survey left in the days before, or trouble runs."""
    return _reason(_last_asked(journey, world), at, world, troubled=_is_troubled(journey))


def _reason(last: date | None, at: datetime, world: World, *, troubled: bool) -> str | None:
    if last is not None and world.calendar.day_of(at) < last + timedelta(days=world.policy.survey_gap_days):
        return "une autre est trop récente"
    return TROUBLED if troubled else None


def _is_dealt_with(journey: Journey, moment: Moment) -> bool:
    return f"SAT-1:sent:{moment.name}" in journey.done or f"SAT-1:spared:{moment.name}" in journey.done


def _is_troubled(journey: Journey) -> bool:
    """A notice, a writ or an incident still runs."""
    return any(
        status_of(journey, it) not in GOOD_ENDS and not _is_kept(journey, it) for it in journey.incidents.values()
    )


def _is_kept(journey: Journey, incident: Incident) -> bool:
    """Covered by a plan that runs, without any step of recovery."""
    return status_of(journey, incident) is IncidentStatus.PLANNED and not incident.served


def _last_asked(journey: Journey, world: World) -> date | None:
    asked = (at for key, at in journey.done.items() if key.startswith(ASKED))
    return max((world.calendar.day_of(at) for at in asked), default=None)


def _moments(journey: Journey) -> Iterator[Moment]:
    for it in journey.appointments.values():
        if it.kind == "initial" and it.status is AppointmentStatus.HELD and it.closed_at:
            yield Moment("appointment", it.id, it.closed_at)
    for incident in journey.incidents.values():
        if incident.closed_at and incident.contacted_at and incident.status in GOOD_ENDS:
            yield Moment("incident", incident.id, incident.closed_at)


def _survey(moment: Moment) -> SendMessage:
    return SendMessage(
        rule="SAT-1",
        summary=f"Enquête de satisfaction : {NAMES[moment.kind]}",
        subject=f"survey:{moment.name}",
        template="survey",
        purpose=Purpose.INFORMATION,
        channels=(Channel.MAIL,),
        facts={"moment": moment.kind},
    )


@checks("survey")
def _may_still_be_asked(_: Outgoing, journey: Journey) -> str | None:
    return TROUBLED if _is_troubled(journey) else None
