"""What every page is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from config.policies import load_policies
from config.settings import Settings
from config.trail import Refusals
from domain.rulebook import Rulebook
from domain.state import Channel
from notifications.links import Links


@dataclass(frozen=True)
class Desk:
    """The settings and connections of this process."""

    settings: Settings
    engine: AsyncEngine
    temporal: Client

    @cached_property
    def links(self) -> Links:
        """Reads the signed links of messages."""
        return Links(self.settings.secret_key.get_secret_value(), self.settings.public_url)

    @cached_property
    def rulebook(self) -> Rulebook:
        """The policies in force."""
        return Rulebook.of(load_policies(self.settings.policies))

    @cached_property
    def refusals(self) -> Refusals:
        """Writes down what was tried in vain."""
        return Refusals(self.engine)

    @property
    def has_development_login(self) -> bool:
        """Whether people choose who to be."""
        return self.settings.console_login == "development" and not self.settings.closed

    @property
    def outboxes(self) -> tuple[Channel, ...]:
        """The channels whose messages stay here and may be read by whoever comes."""
        if self.settings.closed:
            return ()
        chosen = {Channel.SMS: self.settings.sms, Channel.MAIL: self.settings.mail}
        return tuple(channel for channel, provider in chosen.items() if provider == "outbox")
