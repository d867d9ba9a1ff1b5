"""What the journey asks of a channel, and the ways a provider can fail."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

Channel = Literal["sms", "mail"]
Status = Literal["sent", "delivered", "failed"]


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a mail; ``media_type`` with one parameter at most, as SendGrid takes it."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """One message to one person; `repr` shows no personal data. `subject` and `html` are empty for an SMS.

    `leave_by`: when the provider has to be called at the latest; after that others ask it what became of the letter.
    """

    message_id: str
    channel: Channel
    to: str = field(repr=False)
    to_name: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    valid_for: timedelta
    unsubscribe_url: str | None = field(default=None, repr=False)
    attachment: Attachment | None = None
    leave_by: datetime | None = None


@dataclass(frozen=True)
class Sent:
    """The provider took the letter: its own id for it, and the status it gave at once."""

    provider_id: str
    status: Status


@dataclass(frozen=True)
class Receipt:
    """What a provider says became of a letter; two receipts with one `event_key` are the same receipt.

    `retryable`: the same channel may be tried once more while the letter is still useful. `address`: whose server
    speaks, when no letter is named; it is compared and not kept.
    """

    provider: Literal["twilio", "sendgrid"]
    event_key: str
    provider_id: str
    message_id: str | None
    status: Status
    code: str | None = None
    contact_bad: bool = False
    opted_out: bool = False
    retryable: bool = False
    at: datetime | None = None
    address: str | None = field(default=None, repr=False)


class Refused(Exception):
    """The provider will never take this letter; `detail` carries no personal data."""

    def __init__(self, code: str, detail: str, contact_bad: bool = False, opted_out: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
        self.contact_bad, self.opted_out = contact_bad, opted_out


class TryLater(Exception):
    """The letter certainly did not leave; `retry_after` is what the provider asked for, if it did."""

    def __init__(self, code: str, detail: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.retry_after = code, detail, retry_after


class AccountRefused(TryLater):
    """The provider refuses our account or its settings, whatever the letter: it leaves once they are put right."""


class Frozen(Exception):
    """Too late for a call: the letter certainly did not leave."""


class OutcomeUnknown(Exception):
    """The request left and no usable answer came: the letter may or may not have been accepted."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Sender(Protocol):
    """A channel's provider."""

    @property
    def can_find(self) -> bool:
        """Whether the provider can be asked what became of a letter; without it, receipts settle the doubt."""
        ...

    async def send(self, letter: Letter) -> Sent:
        """Hand the letter over; raises Refused, TryLater (AccountRefused is one) or OutcomeUnknown."""
        ...

    async def find(self, letter: Letter, since: datetime) -> Sent | None:
        """Ask whether the letter was accepted since that time; raises OutcomeUnknown when nobody can say."""
        ...
