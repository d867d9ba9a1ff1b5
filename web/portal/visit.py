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

from activities.absorbing import catch_up
from config.computing import computed
from db import agents, enterprises, events, journeys, policies, portal
from domain.duty import World
from domain.messages import Recipient
from domain.policy import Policy
from domain.rulebook import Rulebook
from domain.state import Journey
from domain.step import step
from notifications.links import BadLink, ExpiredLink, Link
from web.desk import Desk

NEVER_PAST = datetime(1970, 1, 1, tzinfo=UTC)

OF_THE_ENTERPRISE = ("confirm", "preferences", "survey")
"""What an accountant, who may act for the enterprise, does not do in its place: its own details, choices, opinion."""

OF_PERSONS = ("account.opened", "contact.changed", "contact.corrected", "accountant.appointed", "accountant.dismissed")
"""The events that may change whom links are for."""


class Expired(Exception):
    """The link's time is past; ``policy`` says how to reach the organisation all the same."""

    def __init__(self, policy: Policy) -> None:
        super().__init__("the link has expired")
        self.policy = policy


class Dead(Exception):
    """The link was made for a person who is no longer the one; ``policy`` says whom to ask for another (COM-10)."""

    def __init__(self, policy: Policy) -> None:
        super().__init__("the link was made for somebody else")
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

    @property
    def standing_world(self) -> World:
        """What the rules look at once all that is due by now is done."""
        return self.rulebook.world(self.standing, self.now)

    @property
    def is_accountant(self) -> bool:
        """The link stands in a copy: its holder acts for the enterprise, and is recorded as who it is (SPC-6)."""
        return self.link.holder is not None and self.link.holder.side is Recipient.ACCOUNTANT

    @property
    def is_reserved(self) -> bool:
        """An accountant reads this page; what its button does is the enterprise's own."""
        return self.is_accountant and self.link.action in OF_THE_ENTERPRISE

    @property
    def author(self) -> Recipient:
        """Who does what is done by this link."""
        return Recipient.ACCOUNTANT if self.is_accountant else Recipient.ENTERPRISE

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
    """What a link allows now.

    Raises BadLink, Expired once its time is past on the journey's clock, Dead once its person is no longer the one.
    """
    link = desk.links.read(token, NEVER_PAST)
    await _hear(desk, link.siren)
    async with desk.engine.connect() as connection:
        visit = await _visit(connection, desk.rulebook, token, link)
    try:
        desk.links.read(token, visit.now)
    except ExpiredLink:
        raise Expired(visit.world.current) from None
    if not _is_held(link, visit.enterprise):
        raise Dead(visit.world.current)
    await computed(getattr, visit, "standing")
    return visit


async def _hear(desk: Desk, siren: str) -> None:
    """A change of person that was accepted counts, whether the relay has come to it or not."""
    async with desk.engine.connect() as connection:
        if not await events.awaits(connection, siren, OF_PERSONS):
            return
    async with desk.engine.begin() as connection:
        await catch_up(connection, await _rulebook(connection, desk.rulebook), siren)


def _is_held(link: Link, enterprise: Row[Any]) -> bool:
    """Its person has not changed since; of a link made before links were bound, nobody has."""
    if link.holder is None:
        return not (enterprise.contact_epoch or enterprise.accountant_epoch)
    of_accountant = link.holder.side is Recipient.ACCOUNTANT
    epoch: int = enterprise.accountant_epoch if of_accountant else enterprise.contact_epoch
    return link.holder.epoch == epoch


async def store(desk: Desk, event: events.NewEvent) -> None:
    """Keep a choice; it reaches the journey in the end."""
    async with desk.engine.begin() as connection:
        await events.store(connection, [event])


async def _visit(connection: AsyncConnection, current: Rulebook, token: str, link: Link) -> Visit:
    stored = await journeys.read(connection, link.siren)
    enterprise = await enterprises.read(connection, link.siren)
    if stored is None or stored.erased or enterprise is None:
        raise BadLink
    rulebook = await _rulebook(connection, current)
    contact = await _contact(connection, stored.journey, rulebook)
    choices = await portal.choices(connection, link.siren)
    return Visit(token, link, stored.clock, stored.journey, rulebook, enterprise, contact, choices)


async def _rulebook(connection: AsyncConnection, current: Rulebook) -> Rulebook:
    return replace(current, versions={**await policies.versions(connection), **current.versions})


async def _contact(connection: AsyncConnection, journey: Journey, rulebook: Rulebook) -> Contact:
    organisation = rulebook.current[journey.organisation]
    referent = await agents.read(connection, journey.organisation, journey.referent)
    if referent is None:
        return Contact(organisation.name, organisation.phone, organisation.email, False)
    phone, email = referent.phone, referent.email
    if not (phone or email):
        phone, email = organisation.phone, organisation.email
    return Contact(referent.name, phone, email, True)
