"""Twilio's status callbacks: is it Twilio, and what does it say. Source: twilio.com/docs/usage/security."""

from collections.abc import Iterable, Iterator, Mapping

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifications.ports import Receipt, Status
from notifications.twilio.codes import CONTACT_BAD, OPTED_OUT, RETRY_ONCE

READ = ("MessageSid", "MessageStatus", "ErrorCode")
ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})
FINAL: dict[str, Status] = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class Form(Mapping[str, str]):
    """The parameters of a callback; of one that comes several times the last value counts, and all are signed."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        """Every value of a parameter, as Twilio's validator asks for them."""
        return self._values[name]


def verify(auth_token: str, url: str, form: Mapping[str, str], signature: str | None) -> bool:
    """Whether Twilio signed this form for this public URL; never raises."""
    if not signature:
        return False
    try:
        return bool(RequestValidator(auth_token).validate(url, form, signature))
    except (ValueError, TypeError, AttributeError):
        return False


def parse_receipt(form: Mapping[str, str]) -> Receipt | None:
    """Read a callback; None for what is not the status of a message."""
    sid, word = form.get("MessageSid", ""), form.get("MessageStatus", "")
    status: Status | None = "sent" if word in ON_ITS_WAY else FINAL.get(word)
    if not sid or status is None:
        return None
    code = form.get("ErrorCode") or None
    return Receipt(
        provider="twilio",
        event_key=f"{sid}:{word}",
        provider_id=sid,
        message_id=None,
        status=status,
        code=code,
        contact_bad=code in CONTACT_BAD,
        opted_out=code in OPTED_OUT,
        retryable=status == "failed" and code in RETRY_ONCE,
    )
