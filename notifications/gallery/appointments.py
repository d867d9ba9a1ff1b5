"""The worst letters about appointments."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

STARTS_AT = datetime(2026, 11, 25, 14, 30, tzinfo=timezone(timedelta(hours=1)))
BEFORE = STARTS_AT - timedelta(days=1)
UNTIL = date(2026, 12, 23)
KINDS = ("initial", "priority", "legal_security", "threshold", "other")

OFFERS: list[dict[str, Any]] = [
    {"appointment": "0123456789abcdef", "kind": kind, "until_on": until, "partners": partners}
    for kind in KINDS
    for until in (UNTIL, None)
    for partners in (None, {"title": "Rencontre", "place": "20 avenue Viton & Cie", "starts_at": STARTS_AT})
]
MEETINGS: list[dict[str, Any]] = [
    {
        "appointment": "0123456789abcdef",
        "kind": "priority",
        "format": means,
        "starts_at": STARTS_AT,
        "previous_starts_at": previous,
        "minutes": 45,
        "agent_name": agent,
        "by_us": by_us,
        "sequence": 1,
    }
    for means in ("in_person", "phone", "video", "on_site")
    for previous in (BEFORE, None)
    for agent in ("Jean-François d'Hérouville-Brûl", None)
    for by_us in (True, False)
]

APPOINTMENTS: dict[str, list[dict[str, Any]]] = {
    **dict.fromkeys(("appointment_offer", "appointment_again", "appointment_nudge", "slot_freed"), OFFERS),
    **dict.fromkeys(("appointment_booked", "appointment_moved", "appointment_reminder"), MEETINGS),
    "appointment_cancelled": [*MEETINGS, MEETINGS[0] | {"starts_at": None, "minutes": None, "agent_name": None}],
}
