"""What every process of a fault test needs to reach the same database, Temporal and providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.delivering import Delivering
from activities.pacing import Pace
from activities.patience import Patience
from activities.rulebooks import open_rulebook
from activities.sending import Post
from config.policies import load_policies
from config.settings import Settings
from domain.rulebook import Rulebook
from notifications.links import Links
from notifications.sendgrid.sender import SendGridSender
from notifications.twilio.sender import TwilioSender
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio

CALLBACK = "http://127.0.0.1:8000/webhooks/twilio/status"
LINKS = Links("k" * 32, "http://127.0.0.1:8000")
HURRIED = Patience(
    leave_within=timedelta(seconds=1),
    settle_after=timedelta(seconds=1.5),
    receipts_within=timedelta(seconds=4),
    first_backoff=timedelta(seconds=0.1),
    longest_backoff=timedelta(seconds=0.5),
)
UNHURRIED_PROVIDER = timedelta(seconds=10)


@dataclass(frozen=True)
class Site:
    """Addresses and credentials; it travels to worker processes."""

    database_url: str = field(repr=False)
    temporal_address: str
    twilio_url: str
    twilio_sid: str
    twilio_token: str = field(repr=False)
    sendgrid_url: str
    sendgrid_key: str = field(repr=False)

    def posts(self, provider_timeout: timedelta = UNHURRIED_PROVIDER) -> dict[str, Post]:
        """The real senders, pointed at the fakes."""
        sms = TwilioSender(
            self.twilio_sid, self.twilio_token, "URSSAF", CALLBACK, base_url=self.twilio_url, timeout=provider_timeout
        )
        mail = SendGridSender(
            self.sendgrid_key, "ne-pas-repondre@example.org", base_url=self.sendgrid_url, timeout=provider_timeout
        )
        return {"sms": Post("twilio", sms), "mail": Post("sendgrid", mail)}


def site_of(database_url: str, temporal_address: str, twilio: FakeTwilio, sendgrid: FakeSendGrid) -> Site:
    """The site around two fakes."""
    return Site(
        database_url,
        temporal_address,
        twilio.base_url,
        twilio.account_sid,
        twilio.auth_token,
        sendgrid.base_url,
        sendgrid.api_key,
    )


async def rulebook_of(engine: AsyncEngine) -> Rulebook:
    """The policies of the project."""
    return await open_rulebook(engine, load_policies(Settings().policies))


def delivering_of(
    engine: AsyncEngine,
    rulebook: Rulebook,
    posts: Mapping[str, Post],
    per_second: float = 1000,
    patience: Patience = HURRIED,
) -> Delivering:
    """Deliveries as in production, in more of a hurry."""
    return Delivering(engine, rulebook, LINKS, posts, Pace(engine, per_second), patience)
