"""What is answered about an appointment."""

from __future__ import annotations

from datetime import datetime

from domain.cases import Appointment, AppointmentStatus
from domain.requests import Reply
from domain.rules.appointments import KINDS

UNKNOWN = Reply(404, "APT-2", "Ce rendez-vous n'existe pas.")
WITHOUT_PHONE = Reply(409, "APT-2", "Aucun téléphone n'est connu : donnez un numéro, ou choisissez une autre forme.")

_WHAT_TO_DO = {
    AppointmentStatus.OFFERED: "n'est pas encore pris : réservez d'abord un créneau",
    AppointmentStatus.BOOKED: "est déjà pris : déplacez-le s'il ne convient pas",
    AppointmentStatus.HELD: "a eu lieu : demandez-en un autre",
    AppointmentStatus.MISSED: "a été manqué : prenez celui qui a été proposé à la place, ou demandez-en un autre",
    AppointmentStatus.CANCELLED: "est annulé : demandez-en un autre",
    AppointmentStatus.EXPIRED: "n'est plus proposé : demandez-en un autre",
}


def answer(it: Appointment, status: int, detail: str) -> Reply:
    """The appointment as it stands, with what is said of it."""
    data = {
        "id": it.id,
        "kind": it.kind,
        "status": str(it.status),
        "format": it.format,
        "starts_at": _iso(it.slot.starts_at if it.slot else None),
        "offer_until": _iso(it.offer_until),
    }
    return Reply(status, KINDS[it.kind].rule if status == 201 else "APT-2", detail, data)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def not_now(it: Appointment) -> Reply:
    """What is asked does not fit where the appointment stands, and what to do instead."""
    return Reply(409, "APT-2", f"Ce rendez-vous {_WHAT_TO_DO[it.status]}.")
