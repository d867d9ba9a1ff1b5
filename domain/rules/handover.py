"""EXT-3 and EXT-6: the file handed to the common-law agent at the end, with what is still open in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.cases import IncidentStatus
from domain.duty import World
from domain.effects import OpenTask, Queue
from domain.rules.appointments import KINDS
from domain.rules.arrears import left_to_pay, status_of
from domain.rules.commitments import NAMES as PROMISES
from domain.rules.incidents import NAMES as INCIDENTS
from domain.rules.plans import covering_plan, described, pending_plan
from domain.state import Journey
from domain.tasks import ends
from domain.words import capital, day, euros, of_period

OVER = (IncidentStatus.PAID, IncidentStatus.CANCELLED)


def handover(journey: Journey, world: World, end: date) -> OpenTask:
    """The task of the agent who takes over; what is open is read only once the end has come."""
    record = still_open(journey, world) if end <= world.today else ()
    return OpenTask(
        rule="EXT-3",
        summary="Reprendre le dossier à la fin du parcours attentionné",
        key=f"EXT-3:handover:{end}",
        task="handover",
        due_at=world.closing(world.calendar.add_working_days(end, 5)),
        queue=Queue.COMMON_LAW,
        guidance=("Relire l'historique du parcours", "Noter les promesses en cours et les tenir", *record),
        about="handover",
    )


@ends("handover", final=True)
def _is_resumed(_: str, journey: Journey) -> str | None:
    return "le parcours a repris" if journey.is_open else None


def still_open(journey: Journey, world: World) -> tuple[str, ...]:
    """Each incident, plan, appointment and promise that outlives the journey, in a French line (EXT-6)."""
    return (*_incidents(journey), *_plans(journey), *_appointments(journey, world), *_promises(journey, world))


def _incidents(journey: Journey) -> Iterator[str]:
    for incident in journey.incidents.values():
        if status_of(journey, incident) not in OVER:
            left = left_to_pay(journey, incident)
            owed = "montant non communiqué" if left is None else f"reste {euros(left)}"
            yield f"Incident {of_period(incident.period)}, {INCIDENTS[incident.kind]} : {owed}"


def _plans(journey: Journey) -> Iterator[str]:
    for plan in journey.plans.values():
        if plan is covering_plan(journey, plan.key):
            yield f"Délai de paiement en cours : {described(plan)}"
        elif plan is pending_plan(journey, plan.key):
            yield f"Demande de délai sans réponse : {described(plan)}"


def _appointments(journey: Journey, world: World) -> Iterator[str]:
    for it in journey.appointments.values():
        if it.is_booked and it.slot:
            yield f"{capital(KINDS[it.kind].label)} pris, le {day(world.calendar.day_of(it.slot.starts_at))}"


def _promises(journey: Journey, world: World) -> Iterator[str]:
    for it in journey.commitments.values():
        if it.is_running:
            yield f"Engagement à tenir : {PROMISES[it.kind]}, le {day(world.calendar.day_of(it.due_at))}"
        elif it.is_overdue:
            yield f"En retard, à donner : {PROMISES[it.kind]}, promise le {day(world.calendar.day_of(it.due_at))}"
