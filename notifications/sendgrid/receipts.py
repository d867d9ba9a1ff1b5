"""SendGrid's event webhook: is it SendGrid, and what does it say.

Source: twilio.com/docs/sendgrid/for-developers/tracking-events/event.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from sendgrid.helpers.eventwebhook import EventWebhook

from notifications.ports import Receipt, Status

RETRIED_FOR = timedelta(hours=25)
CLOCKS_APART = timedelta(minutes=5)
STATUSES: dict[str, Status] = {
    "processed": "sent",
    "deferred": "sent",
    "delivered": "delivered",
    "spamreport": "delivered",
    "unsubscribe": "delivered",
    "group_unsubscribe": "delivered",
    "bounce": "failed",
    "blocked": "failed",
    "dropped": "failed",
}
OPT_OUTS = frozenset({"spamreport", "unsubscribe", "group_unsubscribe"})
DROPPED_FOR_ADDRESS = frozenset({"Bounced Address", "Invalid"})
DROPPED_FOR_OPT_OUT = frozenset({"Unsubscribed Address", "Spam Reporting Address"})


def verify(
    public_key: str, payload: bytes, signature: str | None, timestamp: str | None, now: datetime | None = None
) -> bool:
    """Whether SendGrid signed these raw bytes within the day it goes on retrying; never raises."""
    if not signature or not timestamp or not _plausible(timestamp, now or datetime.now(UTC)):
        return False
    try:
        return bool(EventWebhook(public_key).verify_signature(payload.decode(), signature, timestamp))
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        return False


def _plausible(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        return False
    age = now.timestamp() - int(timestamp)
    return -CLOCKS_APART.total_seconds() <= age <= RETRIED_FOR.total_seconds()


def parse_receipts(events: Iterable[Mapping[str, Any]]) -> list[Receipt]:
    """Read a batch of events; opens, clicks, what is not about a letter and what holds a NUL are left out."""
    return [receipt for event in events if (receipt := _receipt(event)) and not _holds_nul(receipt)]


def _holds_nul(receipt: Receipt) -> bool:
    """PostgreSQL stores no text with a NUL."""
    return any(isinstance(value, str) and "\0" in value for value in vars(receipt).values())


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    kind = _kind(event)
    status, key = STATUSES.get(kind), event.get("sg_event_id")
    if status is None or not key:
        return None
    return Receipt(
        provider="sendgrid",
        event_key=str(key),
        provider_id=str(event.get("sg_message_id", "")).partition(".")[0],
        message_id=event.get("message_id"),
        status=status,
        code=_code(kind, event),
        contact_bad=kind == "bounce" or _dropped_for(event, DROPPED_FOR_ADDRESS),
        opted_out=kind in OPT_OUTS or _dropped_for(event, DROPPED_FOR_OPT_OUT),
        retryable=kind == "blocked",
        at=_at(event.get("timestamp")),
    )


def _kind(event: Mapping[str, Any]) -> str:
    """The event's name, with the two kinds of bounce told apart: `blocked` is temporary."""
    blocked = event.get("event") == "bounce" and event.get("type") == "blocked"
    return "blocked" if blocked else str(event.get("event"))


def _dropped_for(event: Mapping[str, Any], reasons: frozenset[str]) -> bool:
    return event.get("event") == "dropped" and event.get("reason") in reasons


def _code(kind: str, event: Mapping[str, Any]) -> str | None:
    """A short code; never `reason` outside `dropped`, where the recipient's server quotes the address."""
    if kind == "dropped":
        return str(event.get("reason") or kind)
    if kind in {"bounce", "blocked", "deferred"}:
        return str(event.get("bounce_classification") or event.get("status") or kind)
    return None


def _at(timestamp: object) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC) if isinstance(timestamp, int) else None
