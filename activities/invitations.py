"""The calendar entry that a letter about an appointment or a meeting carries (APT-2, APT-5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from activities.wording import Filled
from notifications.calendar import Invited, cancellation, invitation
from notifications.ports import Attachment

ENTRIES: dict[str, Callable[[Invited, datetime], Attachment]] = {
    "appointment_booked": invitation,
    "appointment_moved": invitation,
    "appointment_cancelled": cancellation,
    "meeting_registered": invitation,
    "meeting_moved": invitation,
    "meeting_left": cancellation,
    "meeting_cancelled": cancellation,
}
ELSEWHERE = {"phone": "Par téléphone", "video": "En visioconférence"}


def uid_of(what: str) -> str:
    """The identity of an appointment or a meeting in every calendar."""
    return f"{what}@parcours"


def title_of(organisation: str) -> str:
    """How an appointment is called in a calendar."""
    return f"Rendez-vous {organisation}"


def place_of(means: str | None, address: str) -> str:
    """Where an appointment is held."""
    return ELSEWHERE.get(means or "", address)


def enclosed(template: str, filled: Filled, to: str, zone: str, now: datetime) -> Attachment | None:
    """The entry of what is arranged, changed or undone; ``None`` for any other letter."""
    write = ENTRIES.get(template)
    if write is None or filled.context["starts_at"] is None:
        return None
    return write(_entry(filled.context, filled.address.name, to, zone), now)


def _entry(context: dict[str, Any], name: str, to: str, zone: str) -> Invited:
    organisation = context["organisation"]
    return Invited(
        uid=uid_of(context.get("meeting") or context["appointment"]),
        sequence=context["sequence"],
        starts_at=context["starts_at"],
        minutes=context["minutes"],
        zone=zone,
        title=context.get("title") or title_of(organisation["name"]),
        place=context.get("place") or place_of(context["format"], organisation["address"]),
        organiser=organisation["name"],
        organiser_mail=organisation["email"],
        attendee=name,
        attendee_mail=to,
    )
