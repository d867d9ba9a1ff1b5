"""Standard Webhooks 1.0 (standardwebhooks.com): how a delivery is signed."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 16, 64


def key_of(secret: str) -> bytes:
    """The key of a secret, base64 with or without ``whsec_`` before; raises ValueError when it is not one."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"not a secret: write {PREFIX} and base64") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"{SHORTEST} to {LONGEST} bytes are needed once decoded, 24 are usual")
    return key


def signed(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a delivery; ``message_id`` stays the same on every attempt."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(key_of(secret), content, "sha256")).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
