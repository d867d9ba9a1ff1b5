"""What the handlers work with, made once per application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client

from api.events.intake import Inbox
from api.gauges import Gauges
from api.metrics import Metrics
from config.identity.systems import AccessTokens
from config.sealing import Seal
from config.settings import Settings
from config.trail import Refusals
from db import policies as known_policies
from db.tenancy import OwnRows
from domain.policy import Policy
from domain.rulebook import Rulebook


@dataclass(frozen=True)
class Services:
    """Settings, connections, the policies in force and the counters."""

    settings: Settings
    engine: AsyncEngine
    temporal: Client
    policies: Mapping[str, Policy]
    metrics: Metrics
    gauges: Gauges

    @cached_property
    def own_rows(self) -> OwnRows:
        """For reads of one statement, confined to an organisation."""
        return OwnRows(self.engine)

    @cached_property
    def refusals(self) -> Refusals:
        """Writes down what was tried in vain."""
        return Refusals(self.engine)

    @cached_property
    def inbox(self) -> Inbox:
        """Keeps the events that come in."""
        return Inbox(self.engine, self.policies)

    @cached_property
    def access_tokens(self) -> AccessTokens | None:
        """Reads the signed tokens of systems, when an issuer is configured."""
        return AccessTokens(self.settings) if self.settings.oauth_issuer else None

    @cached_property
    def seal(self) -> Seal:
        """Closes the secrets that the database keeps."""
        return Seal(self.settings.secret_key)

    def zone(self, organisation: str) -> ZoneInfo:
        """The time zone of an organisation, in which its instants are shown."""
        return self.policies[organisation].calendar.zoneinfo

    async def rulebook(self, connection: AsyncConnection) -> Rulebook:
        """The policies in force and the versions that journeys still run under (POL-2)."""
        current = Rulebook.of(self.policies)
        return Rulebook(current.current, {**await known_policies.versions(connection), **current.versions})


# A plain function would be called by a thread of the pool, at a hop of 0.1 ms for each request.
async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Service = Annotated[Services, Depends(_services)]
