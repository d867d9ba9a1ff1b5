"""What letters are written from, read in one exchange at the second they leave, however many leave (REM-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.journeys import Stored, stored_of
from db.stops import lasting_of, stops_of
from db.tables import agents, enterprises, events, journeys
from domain.stops import Stop


@dataclass(frozen=True)
class Contact:
    """The agent who follows an enterprise; ``repr`` names nobody."""

    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)


@dataclass(frozen=True)
class Person:
    """Whom an enterprise and its accountant are reached at; ``repr`` names nobody."""

    name: str = field(repr=False)
    contact_name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    accountant_name: str | None = field(repr=False)
    accountant_email: str | None = field(repr=False)
    contact_epoch: int = 0
    accountant_epoch: int = 0


@dataclass(frozen=True)
class Facts:
    """A journey and its people; ``is_behind`` while stored events have not been applied to it.

    ``stops``: the rules that its organisation has stopped.
    """

    stored: Stored
    person: Person | None
    referent: Contact | None
    is_behind: bool
    stops: tuple[Stop, ...]


_PERSON = tuple(Person.__dataclass_fields__)
_CONTACT = tuple(Contact.__dataclass_fields__)
_BEHIND = exists().where(events.c.siren == journeys.c.siren, events.c.status == "pending")
_REFERENT = (agents.c.organisation == journeys.c.organisation) & (agents.c.agent == journeys.c.referent)
_FACTS = (
    select(
        journeys,
        enterprises.c.siren.label("described"),
        *(enterprises.c[name].label(f"person_{name}") for name in _PERSON),
        agents.c.agent.label("followed"),
        *(agents.c[name].label(f"referent_{name}") for name in _CONTACT),
        _BEHIND.label("is_behind"),
        lasting_of(journeys.c.organisation).label("stops"),
    )
    .select_from(journeys.outerjoin(enterprises, enterprises.c.siren == journeys.c.siren).outerjoin(agents, _REFERENT))
    .where(journeys.c.siren.in_(bindparam("sirens", expanding=True)))
)


async def facts(connection: AsyncConnection, sirens: Sequence[str]) -> dict[str, Facts]:
    """The facts about enterprises as last committed; none for those of whom no journey is stored."""
    return {row.siren: _facts_of(row) for row in await connection.execute(_FACTS, {"sirens": sirens})}


def _facts_of(row: Row[Any]) -> Facts:
    known = row._mapping
    person = Person(**{name: known[f"person_{name}"] for name in _PERSON}) if row.described else None
    referent = Contact(**{name: known[f"referent_{name}"] for name in _CONTACT}) if row.followed else None
    return Facts(stored_of(row), person, referent, row.is_behind, stops_of(row.stops))
