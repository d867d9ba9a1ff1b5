"""SendGrid's event webhook: is it SendGrid, and what does it say.

Source: twilio.com/docs/sendgrid/for-developers/tracking-events/event.
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

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
TEXTS = ("sg_event_id", "sg_message_id", "message_id")
LONGEST = 500
OPT_OUTS = frozenset({"spamreport", "unsubscribe", "group_unsubscribe"})
DROPPED_FOR_ADDRESS = frozenset({"Bounced Address", "Invalid"})
DROPPED_FOR_ACCOUNT = frozenset({"Recipient List over Package Quota"})
DROPPED_FOR_OPT_OUT = frozenset({"Unsubscribed Address", "Spam Reporting Address"})


def verify(
    public_key: str, payload: bytes, signature: str | None, timestamp: str | None, now: datetime | None = None
) -> bool:
    """Whether SendGrid signed these raw bytes within the day it goes on retrying; never raises."""
    if not signature or not timestamp or not _plausible(timestamp, now or datetime.now(UTC)):
        return False
    try:
        key = load_der_public_key(base64.b64decode(public_key))
        # On the bytes that came, which the SDK's own check would refuse when they are not UTF-8.
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(base64.b64decode(signature), timestamp.encode() + payload, ECDSA(SHA256()))
            return True
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return False


def _plausible(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        return False
    age = now.timestamp() - int(timestamp)
    return -CLOCKS_APART.total_seconds() <= age <= RETRIED_FOR.total_seconds()


def parse_receipts(events: Iterable[object]) -> list[Receipt]:
    """Read a batch of events; opens, clicks and what is not about a letter are left out.

    An odd element keeps no other from being read, and is read itself as far as it says of which letter it speaks.
    """
    return [receipt for event in events if (receipt := _read(event))]


def count_odd(events: Iterable[object]) -> int:
    """How many elements are not what SendGrid documents."""
    return sum(_is_odd(event) for event in events)


def _is_odd(event: object) -> bool:
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return True
    return _kind(event) in STATUSES and (_read(event) is None or not _is_documented(event))


def _read(event: object) -> Receipt | None:
    status = STATUSES.get(_kind(event)) if isinstance(event, dict) else None
    if status is None or not isinstance(event, dict):
        return None
    receipt = _receipt(event, status)
    is_told = receipt.event_key and (receipt.provider_id or receipt.message_id or receipt.address)
    return receipt if is_told and all(map(_is_storable, vars(receipt).values())) else None


def _receipt(event: Mapping[str, Any], status: Status) -> Receipt:
    kind = _kind(event)
    provider_id = (_text(event.get("sg_message_id")) or "").partition(".")[0]
    message_id = _text(event.get("message_id"))
    return Receipt(
        provider="sendgrid",
        event_key=_text(event.get("sg_event_id")) or "",
        provider_id=provider_id,
        message_id=message_id,
        status=status,
        code=_code(kind, event),
        contact_bad=kind == "bounce" or _dropped_for(event, DROPPED_FOR_ADDRESS),
        opted_out=kind in OPT_OUTS or _dropped_for(event, DROPPED_FOR_OPT_OUT),
        retryable=kind == "blocked",
        at=_at(event.get("timestamp")),
        # A bounce that comes hours later may name no letter; nothing else is believed of an address alone.
        address=_text(event.get("email")) if kind == "bounce" and not (provider_id or message_id) else None,
    )


def _is_documented(event: Mapping[str, Any]) -> bool:
    """Whether what is read of an event, where it is there, has the type that SendGrid says."""
    texts = all(isinstance(event[name], str) for name in TEXTS if name in event)
    return texts and ("timestamp" not in event or _at(event["timestamp"]) is not None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_storable(value: object) -> bool:
    """PostgreSQL stores no text with a NUL or half a character, and none so long in an index."""
    if not isinstance(value, str):
        return True
    return "\0" not in value and len(value) <= LONGEST and value == value.encode(errors="replace").decode()


def _kind(event: Mapping[str, Any]) -> str:
    """The event's name, with the two kinds of bounce told apart: `blocked` is temporary."""
    blocked = event.get("event") == "bounce" and event.get("type") == "blocked"
    return "blocked" if blocked else str(event.get("event"))


def _dropped_for(event: Mapping[str, Any], reasons: frozenset[str]) -> bool:
    return event.get("event") == "dropped" and _text(event.get("reason")) in reasons


def _code(kind: str, event: Mapping[str, Any]) -> str | None:
    """A short code; never `reason` outside `dropped`, where the recipient's server quotes the address."""
    if kind == "dropped":
        return _text(event.get("reason")) or kind
    if kind in {"bounce", "blocked", "deferred"}:
        return _text(event.get("bounce_classification")) or _text(event.get("status")) or kind
    return None


def _at(timestamp: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(timestamp, UTC) if type(timestamp) is int else None
    except (ValueError, OverflowError, OSError):
        return None
