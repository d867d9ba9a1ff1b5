"""Sends SMS through Twilio's official SDK, and asks Twilio about those in doubt."""

from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from typing_extensions import override

from notifications.ports import AccountRefused, Letter, OutcomeUnknown, Refused, Sender, Sent, TryLater
from notifications.threads import Threads, begin
from notifications.twilio.codes import ACCOUNT, ACCOUNT_STATUSES, BUSY, CONTACT_BAD, OPTED_OUT, meaning
from notifications.twilio.http import TwilioHttp
from notifications.twilio.receipts import FINAL

LONGEST_VALIDITY = timedelta(hours=10)
CLOCKS_APART = timedelta(minutes=1)


class TwilioSender(Sender):
    """`sender` is a number or an alphanumeric name; `status_callback` the public URL of our webhook."""

    can_find = True

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        status_callback: str,
        base_url: str | None = None,
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        self._client = Client(account_sid, auth_token, http_client=TwilioHttp(timeout))
        if base_url:
            self._client.api.base_url = base_url
        self._sender, self._status_callback = sender, status_callback
        self._threads = Threads("twilio")

    @override
    async def send(self, letter: Letter) -> Sent:
        """Hand the SMS to Twilio, whose create has no idempotency key: on OutcomeUnknown call `find` first."""
        try:
            message = await self._threads.call(self._create, letter)
        except TwilioException as error:
            raise _refusal(str(getattr(error, "code", None) or "rejected"), getattr(error, "status", 0)) from None
        except ValueError:
            raise OutcomeUnknown("Twilio's answer is unreadable") from None
        return _sent(message)

    @override
    async def find(self, letter: Letter, since: datetime) -> Sent | None:
        """Look for the same text to the same number since that time, less a minute for clocks that disagree."""
        try:
            messages = await self._threads.call(self._list, letter.to)
        except (TwilioException, TryLater, ValueError):
            raise OutcomeUnknown("Twilio could not be asked") from None
        text, first = letter.text.strip(), since.astimezone(UTC) - CLOCKS_APART
        return next((_sent(it) for it in messages if it.body.strip() == text and _is_since(it, first)), None)

    def _create(self, letter: Letter) -> Any:
        begin(letter)
        return self._client.messages.create(
            to=letter.to,
            from_=self._sender,
            body=letter.text,
            status_callback=self._status_callback,
            validity_period=_validity(letter.valid_for),
        )

    def _list(self, to: str) -> list[Any]:
        """The newest first. Not by the date they were sent: what waits in Twilio's queue has none yet."""
        return list(self._client.messages.list(to=to, limit=100))


def _is_since(message: Any, first: datetime) -> bool:
    return message.date_created is None or message.date_created >= first


def _validity(valid_for: timedelta) -> int:
    return max(1, int(min(valid_for, LONGEST_VALIDITY).total_seconds()))


def _sent(message: Any) -> Sent:
    return Sent(provider_id=message.sid, status=FINAL.get(message.status, "sent"))


def _refusal(code: str, status: int) -> Refused | TryLater:
    if code in BUSY:
        return TryLater(code, meaning(code))
    refused = Refused(code, meaning(code), contact_bad=code in CONTACT_BAD, opted_out=code in OPTED_OUT)
    blames_letter = refused.contact_bad or refused.opted_out
    if code in ACCOUNT or (status in ACCOUNT_STATUSES and not blames_letter):
        return AccountRefused(code, meaning(code))
    return refused
