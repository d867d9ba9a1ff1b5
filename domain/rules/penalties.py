"""INC-8: what becomes of the penalties of an incident."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.cases import Incident, IncidentStatus
from domain.duty import Duty, OfEachCase, World
from domain.effects import Effect, OpenTask, Publish
from domain.rules.arrears import contribution_of, ended_by_plan, status_of
from domain.rules.incidents import is_followed
from domain.state import Journey
from domain.words import day, of_period, the_period

TECHNICAL = "dsn_technical"
DIFFICULTIES = ("unpaid", "debit_rejected", "partial_payment", "difficulty_announced")
OPEN_TASK_DAYS = 5


def remission(journey: Journey, incident: Incident, world: World) -> str:
    """``asked`` by us, ``proposed`` to the agent, ``on_request`` of the enterprise, ``none`` when never late.

    ``none`` too once it is decided (INC-12).
    """
    if incident.id in journey.remissions:
        return "none"
    if incident.kind == TECHNICAL:
        return "asked"
    if _was_never_late(journey, incident, world):
        return "none"
    in_time = ended_by_plan(journey, incident) or _paid_in_time(journey, incident, world)
    return "proposed" if incident.kind in DIFFICULTIES and in_time else "on_request"


def _was_never_late(journey: Journey, incident: Incident, world: World) -> bool:
    return incident.due_on is None or _paid_within(journey, incident, 0, world)


def _paid_in_time(journey: Journey, incident: Incident, world: World) -> bool:
    return _paid_within(journey, incident, world.policy.remission_days, world)


def _paid_within(journey: Journey, incident: Incident, days: int, world: World) -> bool:
    payments = contribution_of(journey, incident).payments
    if not payments or incident.due_on is None:
        return False
    last = max(it.day(world.calendar) for it in payments)
    return last <= incident.due_on + timedelta(days=days)


def _owed(incident: Incident, journey: Journey, world: World) -> Iterator[Duty]:
    """Ask for the remission that is automatic, propose the one that an agent decides."""
    key = f"INC-8:{incident.id}:{incident.changes}"
    if key in journey.done or incident.id in journey.remissions or not is_followed(journey, incident):
        return
    if status_of(journey, incident) is not incident.status:
        return
    if incident.kind == TECHNICAL and incident.status is IncidentStatus.OPEN:
        yield Duty.of(incident.noticed_at or incident.opened_at, f"INC-8:{incident.id}", (_request(incident),))
    elif _deserves_a_proposal(journey, incident, world) and incident.closed_at:
        yield Duty.of(incident.closed_at, key, (_proposal(incident, key, world),))


duties = OfEachCase("incidents", _owed)


def _deserves_a_proposal(journey: Journey, incident: Incident, world: World) -> bool:
    accompanied = incident.contacted_at is not None or ended_by_plan(journey, incident)
    return accompanied and incident.status is IncidentStatus.PAID and remission(journey, incident, world) == "proposed"


def _request(incident: Incident) -> Effect:
    return Publish(
        rule="INC-8",
        summary=f"Remise des pénalités demandée pour {the_period(incident.period)} : incident technique sur la DSN",
        type="remission.requested",
        data={
            "incident": incident.id,
            "account": incident.account,
            "period": incident.period,
            "reason": TECHNICAL,
        },
        event_id=incident.event_id,
    )


def _proposal(incident: Incident, key: str, world: World) -> Effect:
    return OpenTask(
        rule="INC-8",
        summary=f"Décider la remise des majorations {of_period(incident.period)} : régularisé dans les délais",
        key=key,
        task="remission",
        due_at=world.closing(world.calendar.add_working_days(world.today, OPEN_TASK_DAYS)),
        guidance=(
            f"Échéance du {day(incident.due_on)}" if incident.due_on else "Échéance non communiquée",
            f"Payé dans les {world.policy.remission_days} jours, ou délai de paiement tenu jusqu'au bout",
            "Écrire la décision : la tâche se termine avec la lettre",
        ),
        about=f"remission:{incident.id}",
    )
