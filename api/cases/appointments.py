"""Appointments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.asking import Answered, Asked
from api.cases.schemas import AppointmentAsked, Booking, Cancellation, CaseId, Held, NewSlot
from api.idempotency import Idempotent
from api.identifiers import Siren
from api.journeys.cases import appointment_of
from api.journeys.schemas import Appointment
from api.problems import documented
from api.services import Service, Services
from domain.requests import Ask

router = APIRouter(prefix="/v1", tags=["cases"], route_class=Idempotent)
ASKED = documented(400, 401, 403, 404, 409, 413)
FAMILY = "appointment"
AppointmentId = Annotated[CaseId, Path()]


@router.post("/journeys/{siren}/appointments", status_code=201, responses=ASKED)
async def ask_for_appointment(siren: Siren, body: AppointmentAsked, asked: Asked, services: Service) -> Appointment:
    """Ask for an appointment: a slot can be chosen until `offer_until` (APT-1)."""
    answered = await asked.journey(siren, Ask.APPOINTMENT, **body.plain())
    return _appointment(answered, str(answered.reply.data["id"]), services)


@router.post("/appointments/{appointment}/booking", responses=ASKED)
async def book(appointment: AppointmentId, body: Booking, asked: Asked, services: Service) -> Appointment:
    """Book a slot; 409 when somebody else has it (APT-2)."""
    answered = await asked.case(appointment, FAMILY, Ask.BOOK, **body.plain())
    return _appointment(answered, appointment, services)


@router.post("/appointments/{appointment}/reschedule", responses=ASKED)
async def reschedule(appointment: AppointmentId, body: NewSlot, asked: Asked, services: Service) -> Appointment:
    """Move a booked appointment to another slot."""
    answered = await asked.case(appointment, FAMILY, Ask.RESCHEDULE, **body.plain())
    return _appointment(answered, appointment, services)


@router.post("/appointments/{appointment}/cancel", responses=ASKED)
async def cancel(appointment: AppointmentId, body: Cancellation, asked: Asked, services: Service) -> Appointment:
    """Cancel an appointment; its slot is free again."""
    answered = await asked.case(appointment, FAMILY, Ask.CANCEL, body.reason)
    return _appointment(answered, appointment, services)


@router.post("/appointments/{appointment}/outcome", responses=ASKED)
async def record_outcome(appointment: AppointmentId, body: Held, asked: Asked, services: Service) -> Appointment:
    """Say how it went; one that was missed is offered again once (APT-4)."""
    answered = await asked.case(appointment, FAMILY, Ask.OUTCOME, body.note, **body.plain())
    return _appointment(answered, appointment, services)


def _appointment(answered: Answered, appointment: str, services: Services) -> Appointment:
    journey = answered.dossier.journey
    return appointment_of(journey.appointments[appointment], services.zone(journey.organisation))
