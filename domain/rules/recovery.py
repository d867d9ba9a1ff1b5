"""INC-6: recovery on hold while a plan or a priority appointment is on its way; Urssaf's systems are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from domain.cases import Incident, IncidentStatus
from domain.duty import Change, Duty, OfEachCase, World
from domain.effects import Effect, Publish
from domain.rules.appointments import is_repeated
from domain.rules.arrears import status_of
from domain.rules.incidents import is_followed
from domain.rules.plans import covering_plan, pending_plan
from domain.rules.term import in_procedure
from domain.state import Journey
from domain.words import the_period

PLAN_RUNNING, PLAN_REQUESTED, APPOINTMENT_AHEAD = "plan_running", "plan_requested", "appointment_ahead"
NAMES = {
    PLAN_RUNNING: "un délai de paiement court",
    PLAN_REQUESTED: "une demande de délai attend sa réponse",
    APPOINTMENT_AHEAD: "un rendez-vous prioritaire est prévu",
}
RELEASES = {
    "paid": "la dette est réglée",
    "cancelled": "l'incident est annulé",
    "procedure": "une procédure collective est ouverte",
    "days_elapsed": "la suspension a duré le temps permis sans délai de paiement",
    f"{PLAN_RUNNING}_ended": "le délai de paiement ne court plus",
    f"{PLAN_REQUESTED}_ended": "la demande de délai n'attend plus de réponse",
    f"{APPOINTMENT_AHEAD}_ended": "le rendez-vous prioritaire n'est plus à venir",
}

OVER = (IncidentStatus.PAID, IncidentStatus.CANCELLED)


def hold_reason(journey: Journey, incident: Incident) -> str | None:
    """Why recovery should wait, however long it has waited already."""
    if in_procedure(journey) or status_of(journey, incident) in OVER:
        return None
    if covering_plan(journey, incident.key):
        return PLAN_RUNNING
    if pending_plan(journey, incident.key):
        return PLAN_REQUESTED
    ahead = (it for it in journey.appointments.values() if it.kind == "priority" and it.is_ahead)
    spoken_of = any(it.subject == incident.id or is_repeated(journey, incident) for it in ahead)
    return APPOINTMENT_AHEAD if spoken_of else None


def hold_at(journey: Journey, incident: Incident, world: World) -> str | None:
    """Why recovery waits now: without a plan that runs, it waits ``hold_days`` at most in all (INC-6)."""
    reason = hold_reason(journey, incident)
    spent = incident.held_first_at is not None and not world.awaits(_limit(incident.held_first_at, world))
    return None if spent and reason != PLAN_RUNNING else reason


def _limit(held_first_at: datetime, world: World) -> datetime:
    return world.calendar.after(held_first_at, timedelta(days=world.policy.hold_days))


def _owed(incident: Incident, journey: Journey, world: World) -> Iterator[Duty]:
    """Tell Urssaf's systems of each hold and each release, the one by the calendar included.

    A hold they were told of is released, whatever became of the journey since.
    """
    if not incident.hold and not is_followed(journey, incident):
        return
    reason = hold_at(journey, incident, world)
    if reason != incident.hold:
        yield _turn(journey, incident, reason, incident.opened_at)
    elif reason and reason != PLAN_RUNNING and incident.held_first_at:
        yield _turn(journey, incident, None, _limit(incident.held_first_at, world))


duties = OfEachCase("incidents", _owed)


def _turn(journey: Journey, incident: Incident, reason: str | None, at: datetime) -> Duty:
    told = _held(incident, reason) if reason else _released(journey, incident)
    return Duty.of(at, f"INC-6:{incident.id}:{incident.holds + 1}", (told,), change=_turner(incident, reason))


def _turner(incident: Incident, reason: str | None) -> Change:
    def change(journey: Journey, now: datetime) -> Journey:
        counted = incident.held_first_at or (None if reason in (None, PLAN_RUNNING) else now)
        turned = replace(incident, hold=reason, holds=incident.holds + 1, held_first_at=counted)
        if reason:
            turned = replace(turned, held_since=incident.held_since or now)
        else:
            turned = replace(turned, held_since=None, moved_at=now)
        return journey.with_incident(turned)

    return change


def _held(incident: Incident, reason: str) -> Effect:
    return Publish(
        rule="INC-6",
        summary=f"Recouvrement suspendu pour {the_period(incident.period)} : {NAMES[reason]}",
        type="recovery.held",
        data=_data(incident, reason),
    )


def _released(journey: Journey, incident: Incident) -> Effect:
    status = status_of(journey, incident)
    if in_procedure(journey):
        reason = "procedure"
    elif status in OVER:
        reason = str(status)
    else:
        reason = "days_elapsed" if hold_reason(journey, incident) else f"{incident.hold}_ended"
    return Publish(
        rule="INC-6",
        summary=f"Suspension du recouvrement levée pour {the_period(incident.period)} : {RELEASES[reason]}",
        type="recovery.released",
        data=_data(incident, reason),
    )


def _data(incident: Incident, reason: str) -> dict[str, str]:
    return {"incident": incident.id, "account": incident.account, "period": incident.period, "reason": reason}
