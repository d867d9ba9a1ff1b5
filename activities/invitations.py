"""The calendar entry that a letter about an appointment carries (APT-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from activities.wording import Filled
from notifications.calendar import Meeting, cancellation, invitation
from notifications.ports import Attachment

ENTRIES: dict[str, Callable[[Meeting, datetime], Attachment]] = {
    "appointment_booked": invitation,
    "appointment_moved": invitation,
    "appointment_cancelled": cancellation,
}
ELSEWHERE = {"phone": "Par téléphone", "video": "En visioconférence"}


def enclosed(template: str, filled: Filled, to: str, zone: str, now: datetime) -> Attachment | None:
    """The entry of a booked, moved or cancelled appointment; ``None`` for any other letter."""
    write = ENTRIES.get(template)
    if write is None or filled.context["starts_at"] is None:
        return None
    return write(_meeting(filled.context, filled.address.name, to, zone), now)


def _meeting(context: dict[str, Any], name: str, to: str, zone: str) -> Meeting:
    organisation = context["organisation"]
    return Meeting(
        uid=f"{context['appointment']}@parcours",
        sequence=context["sequence"],
        starts_at=context["starts_at"],
        minutes=context["minutes"],
        zone=zone,
        title=f"Rendez-vous {organisation['name']}",
        place=ELSEWHERE.get(context["format"], organisation["address"]),
        organiser=organisation["name"],
        organiser_mail=organisation["email"],
        attendee=name,
        attendee_mail=to,
    )
