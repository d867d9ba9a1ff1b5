"""An enterprise of the organisation, as its page and its call sheet read it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException

from config.computing import computed
from db import enterprises, journeys, policies
from db.journeys import Stored
from domain.duty import World
from domain.rulebook import Rulebook
from domain.state import Journey, Phase
from domain.step import step
from web.console.people import Person
from web.desk import Desk


@dataclass(frozen=True)
class Dossier:
    """A journey at ``now`` on its own clock; ``journey`` is as the rules would see it when they answer."""

    stored: Stored
    journey: Journey
    now: datetime
    rulebook: Rulebook
    enterprise: Row[Any] = field(repr=False)

    @property
    def world(self) -> World:
        """What the rules look at."""
        return self.rulebook.world(self.journey, self.now)

    @property
    def siren(self) -> str:
        """The number of the enterprise."""
        return self.journey.siren

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/console/entreprises/{self.siren}"


async def open_dossier(desk: Desk, connection: AsyncConnection, person: Person, siren: str) -> Dossier:
    """The dossier; raises a 404 for what is unknown, did not enrol, or belongs to another organisation."""
    stored = await journeys.read(connection, siren)
    enterprise = await enterprises.read(connection, siren)
    if stored is None or enterprise is None or stored.journey.organisation != person.organisation:
        raise HTTPException(404)
    if stored.journey.phase is Phase.CANDIDATE:
        raise HTTPException(404)
    current = desk.rulebook
    rulebook = replace(current, versions={**await policies.versions(connection), **current.versions})
    standing = (await computed(step, stored.journey, (), stored.clock, rulebook)).journey
    return Dossier(stored, standing, stored.clock, rulebook, enterprise)
