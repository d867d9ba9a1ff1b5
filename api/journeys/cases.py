"""Cases of a journey, as they are answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from api.journeys.schemas import Appointment, Commitment, Incident, Instalment, Plan
from domain import cases, promises
from domain.state import Journey


def incident_of(incident: cases.Incident, journey: Journey, zone: ZoneInfo) -> Incident:
    """An incident, what was paid of it, and whether recovery is on hold for it (INC-6)."""
    return Incident(
        id=incident.id,
        account=incident.account,
        period=incident.period,
        kind=incident.kind,
        status=incident.status.value,
        amount=incident.amount,
        paid=journey.contribution(incident.account, incident.period).paid,
        held=incident.hold is not None,
        opened_at=incident.opened_at.astimezone(zone),
    )


def plan_of(plan: cases.Plan, journey: Journey, zone: ZoneInfo) -> Plan:
    """A payment plan and the clock of its answer."""
    promise = journey.commitments.get(f"plan_answer:{plan.id}")
    return Plan(
        id=plan.id,
        account=plan.account,
        period=plan.period,
        status=plan.status.value,
        debt=plan.debt,
        instalments=_instalments(plan.instalments),
        missing=list(plan.missing),
        counter=_instalments(plan.counter),
        counter_until=_local(plan.counter_until, zone),
        requested_at=plan.requested_at.astimezone(zone),
        answer_by=_local(promise.due_at if promise else None, zone),
        decided_at=_local(plan.decided_at, zone),
    )


def _instalments(instalments: Iterable[cases.Instalment]) -> list[Instalment]:
    return [Instalment(due_on=it.due_on, amount=it.amount) for it in instalments]


def appointment_of(appointment: cases.Appointment, zone: ZoneInfo) -> Appointment:
    """An appointment and its slot."""
    slot = appointment.slot
    return Appointment(
        id=appointment.id,
        kind=appointment.kind,
        status=appointment.status.value,
        format=appointment.format,
        slot=slot.id if slot else None,
        agent=slot.agent if slot else None,
        starts_at=slot.starts_at.astimezone(zone) if slot else None,
        minutes=slot.minutes if slot else None,
        offer_until=_local(appointment.offer_until, zone),
    )


def commitment_of(commitment: promises.Commitment, zone: ZoneInfo) -> Commitment:
    """A promise and where it stands."""
    return Commitment(
        id=commitment.id,
        kind=commitment.kind,
        rule=commitment.rule,
        subject=commitment.subject,
        status=_standing(commitment),
        started_at=commitment.started_at.astimezone(zone),
        due_at=commitment.due_at.astimezone(zone),
        met_at=_local(commitment.met_at, zone),
        breached_at=_local(commitment.breached_at, zone),
    )


def _standing(commitment: promises.Commitment) -> str:
    if commitment.breached_at:
        return "breached"
    if commitment.met_at:
        return "met"
    return "paused" if commitment.paused_at else "running"


def _local(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return instant and instant.astimezone(zone)
