"""Sends mail through SendGrid's official SDK; what became of a mail in doubt is told by its receipts."""

import base64
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import quote
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from typing_extensions import override

from notifications.ports import AccountRefused, Attachment, Letter, OutcomeUnknown, Refused, Sender, Sent, TryLater
from notifications.retry_after import retry_after
from notifications.threads import Threads, begin

SENDGRID = "https://api.sendgrid.com"
UNAVAILABLE = frozenset({429, 500, 503})
ACCOUNT = {
    401: "credentials refused",
    402: "account not paid",
    403: "sender identity or rights of the key refused",
    404: "no such service at this address",
}
"""Statuses that refuse our account or its settings, whatever the letter."""

_SPECIALS = re.compile(r'[()<>@,;:\\"\[\]]')
_UNWRITTEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
"""No header holds what ends a line; blanks are one."""

# The SDK logs whole letters at level DEBUG.
logging.getLogger("python_http_client").setLevel(logging.INFO)


class SendGridSender(Sender):
    """`sender` is the address letters come from, `sender_name` the name shown beside it."""

    can_find = False

    def __init__(
        self,
        api_key: str,
        sender: str,
        sender_name: str = "Urssaf",
        base_url: str | None = None,
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        self._api = SendGridAPIClient(api_key, host=base_url or SENDGRID)
        self._api.client.timeout = timeout.total_seconds()
        self._from = _address(sender, sender_name)
        self._threads = Threads("sendgrid")

    @override
    async def send(self, letter: Letter) -> Sent:
        """Hand the mail to SendGrid."""
        try:
            response = await self._threads.call(self._post, letter)
        except HTTPError as error:
            raise _refusal(error) from None
        except URLError:
            # urllib wraps so only what fails before the whole request is written.
            raise TryLater("connection", "SendGrid could not be reached") from None
        except (OSError, HTTPException):
            raise OutcomeUnknown("no answer from SendGrid") from None
        return Sent(provider_id=response.headers.get("X-Message-Id", ""), status="sent")

    @override
    async def find(self, letter: Letter, since: datetime) -> Sent | None:
        """SendGrid cannot be asked: always raises OutcomeUnknown."""
        raise OutcomeUnknown("SendGrid tells by receipts only")

    def _post(self, letter: Letter) -> Any:
        mail = self._mail(letter)
        begin(letter)
        return self._api.send(mail)

    def _mail(self, letter: Letter) -> dict[str, object]:
        mail: dict[str, object] = {
            "from": self._from,
            "personalizations": [{"to": [_address(letter.to, letter.to_name)]}],
            "subject": letter.subject,
            "content": [{"type": "text/plain", "value": letter.text}, {"type": "text/html", "value": letter.html}],
            "custom_args": {"message_id": letter.message_id},
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if letter.unsubscribe_url:
            mail["headers"] = _unsubscription(letter.unsubscribe_url)
        if letter.attachment:
            mail["attachments"] = [_file(letter.attachment)]
        return mail


def _address(mail: str, name: str) -> dict[str, str]:
    """SendGrid writes the header from the name as it comes: what is more than words is a quoted string (RFC 5322).

    Unquoted, a comma ends the address: the mail is accepted, then dropped as « Invalid ». The SDK quotes no more.
    """
    plain = _UNWRITTEN.sub(" ", name).strip()
    plain = f'"{quote(plain)}"' if _SPECIALS.search(plain) else plain
    return {"email": mail, "name": plain} if plain else {"email": mail}


def _unsubscription(url: str) -> dict[str, str]:
    """The headers by which a mail program unsubscribes; RFC 8058 allows one click over https only."""
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url.startswith("https://") else {}
    return {"List-Unsubscribe": f"<{url}>", **one_click}


def _file(attachment: Attachment) -> dict[str, str]:
    return {
        "content": base64.b64encode(attachment.content).decode(),
        "type": attachment.media_type,
        "filename": attachment.name,
        "disposition": "attachment",
    }


def _refusal(error: HTTPError) -> Refused | TryLater | OutcomeUnknown:
    status = int(error.status_code)
    if status in UNAVAILABLE:
        return TryLater(str(status), "SendGrid is not available", _pause(error.headers))
    if status >= 500:
        return OutcomeUnknown(f"a gateway answered {status} for SendGrid")
    blamed = _fields_blamed(error.body)
    if status in ACCOUNT or any(field.partition(".")[0] == "from" for field in blamed):
        return AccountRefused(str(status), ACCOUNT.get(status, "sender refused"))
    to_blame = status == 400 and any(field.startswith("personalizations.0.to") for field in blamed)
    return Refused(str(status), "refused by SendGrid", contact_bad=to_blame)


def _pause(headers: Mapping[str, str]) -> timedelta | None:
    """SendGrid answers 429 with the epoch second at which its quota opens again."""
    reset = headers.get("X-RateLimit-Reset", "")
    if not reset.isdecimal():
        return retry_after(headers.get("Retry-After"))
    return max(timedelta(seconds=int(reset) - datetime.now(UTC).timestamp()), timedelta())


def _fields_blamed(body: bytes) -> list[str]:
    """What of the call SendGrid finds wrong, as `from.email`; its messages may quote the recipient."""
    try:
        answer: Any = json.loads(body)
        return [str(error["field"]) for error in answer["errors"]]
    except (ValueError, KeyError, TypeError):
        return []
