"""A signed link followed: what it allows, and what is known of the enterprise at that moment (COM-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from db import agents, enterprises, events, journeys, policies, portal
from domain.duty import World
from domain.policy import Policy
from domain.rulebook import Rulebook
from domain.state import Journey
from domain.step import step
from notifications.links import BadLink, ExpiredLink, Link
from web.desk import Desk

NEVER_PAST = datetime(1970, 1, 1, tzinfo=UTC)


class Expired(Exception):
    """The link's time is past; ``policy`` says how to reach the organisation all the same."""

    def __init__(self, policy: Policy) -> None:
        super().__init__("the link has expired")
        self.policy = policy


@dataclass(frozen=True)
class Contact:
    """Who answers the enterprise: its referent, else its organisation."""

    name: str
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    is_referent: bool


@dataclass(frozen=True)
class Visit:
    """One link followed, at ``now`` on the journey's clock."""

    token: str = field(repr=False)
    link: Link
    now: datetime
    journey: Journey
    rulebook: Rulebook
    enterprise: Row[Any] = field(repr=False)
    contact: Contact
    choices: Sequence[Row[Any]] = field(repr=False)

    @property
    def world(self) -> World:
        """What the rules look at."""
        return self.rulebook.world(self.journey, self.now)

    @cached_property
    def standing(self) -> Journey:
        """The journey as its rules will see it when they answer: all that is due by now is done."""
        return step(self.journey, (), self.now, self.rulebook).journey

    def local(self, instant: datetime) -> datetime:
        """The instant in the organisation's time zone."""
        return instant.astimezone(self.world.calendar.zoneinfo)

    @property
    def path(self) -> str:
        """The address of the page, for its form and its way back."""
        return f"/l/{self.token}"

    def pending(self, event_type: str) -> Row[Any] | None:
        """The last choice of a type that the journey has not taken in yet."""
        return next((row for row in reversed(self.choices) if (row.type, row.status) == (event_type, "pending")), None)

    def key(self, *parts: object) -> str:
        """An id drawn from the link and ``parts``, which does not give the link away."""
        return blake2b("\n".join((self.token, *map(str, parts))).encode(), digest_size=16).hexdigest()

    def event(self, event_type: str, data: dict[str, Any], *parts: object) -> events.NewEvent:
        """A choice to store, once for the same link and ``parts``."""
        return events.NewEvent(
            source=portal.SOURCE,
            id=self.key(event_type, *parts),
            type=event_type,
            siren=self.link.siren,
            organisation=self.journey.organisation,
            time=self.now,
            data=data,
        )


async def follow(desk: Desk, token: str) -> Visit:
    """What a link allows now. Raises BadLink, or Expired once its time is past on the journey's clock."""
    link = desk.links.read(token, NEVER_PAST)
    async with desk.engine.connect() as connection:
        visit = await _visit(connection, desk.rulebook, token, link)
    try:
        desk.links.read(token, visit.now)
    except ExpiredLink:
        raise Expired(visit.world.current) from None
    return visit


async def store(desk: Desk, event: events.NewEvent) -> None:
    """Keep a choice; it reaches the journey in the end."""
    async with desk.engine.begin() as connection:
        await events.store(connection, [event])


async def _visit(connection: AsyncConnection, current: Rulebook, token: str, link: Link) -> Visit:
    stored = await journeys.read(connection, link.siren)
    enterprise = await enterprises.read(connection, link.siren)
    if stored is None or enterprise is None:
        raise BadLink
    rulebook = replace(current, versions={**await policies.versions(connection), **current.versions})
    contact = await _contact(connection, stored.journey, rulebook)
    choices = await portal.choices(connection, link.siren)
    return Visit(token, link, stored.clock, stored.journey, rulebook, enterprise, contact, choices)


async def _contact(connection: AsyncConnection, journey: Journey, rulebook: Rulebook) -> Contact:
    organisation = rulebook.current[journey.organisation]
    referent = await agents.read(connection, journey.organisation, journey.referent)
    if referent is None:
        return Contact(organisation.name, organisation.phone, organisation.email, False)
    phone, email = referent.phone, referent.email
    if not (phone or email):
        phone, email = organisation.phone, organisation.email
    return Contact(referent.name, phone, email, True)
