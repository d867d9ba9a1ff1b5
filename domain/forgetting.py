"""What a journey's state says of people, taken out of it (GDPR 5.1.e and 17); what indicators count stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.cases import Appointment, AppointmentStatus, Plan
from domain.state import Health, Journey, Phase

SPOKEN_FOR = ("enterprise", "accountant")
AGENT = "agent"
"""What stands for an agent whose name is forgotten."""


def without_addresses(journey: Journey) -> Journey:
    """The same journey once nobody's address is known any more: the rules write to none."""
    return journey.but(mail=Health.ABSENT, sms=Health.ABSENT, opt_outs=(), failures=())


def without_people(journey: Journey) -> Journey:
    """The same journey, naming nobody: amounts, dates and statuses."""
    return without_addresses(journey).but(
        referent=None,
        former_referent=None,
        referent_wanted=None,
        referent_target=None,
        referent_unannounced=None,
        tasks={},
        answered={},
        proceedings={},
        plans={key: _nameless_plan(it) for key, it in journey.plans.items()},
        appointments={key: _nameless_appointment(it) for key, it in journey.appointments.items()},
    )


def erased(journey: Journey, now: datetime) -> Journey:
    """The same journey ended without a farewell: nobody is named, nothing is awaited, no recovery is held by it."""
    journey = without_people(journey)
    incidents = {key: replace(it, hold=None, held_since=None) for key, it in journey.incidents.items()}
    appointments = {key: _called_off(it, now) for key, it in journey.appointments.items()}
    phase = journey.phase if journey.phase is Phase.CANDIDATE else Phase.CLOSED
    return journey.but(
        incidents=incidents,
        appointments=appointments,
        phase=phase,
        closed_at=None if phase is Phase.CANDIDATE else journey.closed_at or now,
        closing=None,
        transfer=None,
    )


def _nameless_plan(plan: Plan) -> Plan:
    asked_by = plan.requested_by if plan.requested_by in SPOKEN_FOR else AGENT
    return replace(plan, requested_by=asked_by, decided_by=plan.decided_by and AGENT)


def _nameless_appointment(appointment: Appointment) -> Appointment:
    return replace(appointment, slot=appointment.slot and replace(appointment.slot, agent=""))


def _called_off(appointment: Appointment, now: datetime) -> Appointment:
    if not appointment.is_ahead:
        return appointment
    return replace(appointment, status=AppointmentStatus.CANCELLED, closed_at=now, slot=None)
