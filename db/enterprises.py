"""Names and contact details: the personal data of an enterprise, read at the moment of use."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, String, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import enterprises, messages
from domain.folding import folded

PERSONS = {
    "contact_epoch": ("contact_name", "email", "phone"),
    "accountant_epoch": ("accountant_name", "accountant_email", "accountant_phone"),
}
"""The columns that make a person, by the column that counts how often the person changed."""


async def read(connection: AsyncConnection, siren: str) -> Row[Any] | None:
    """Name and contact details of an enterprise and of its accountant."""
    return (await connection.execute(select(enterprises).where(enterprises.c.siren == siren))).one_or_none()


async def reached_at(connection: AsyncConnection, mail: str) -> Sequence[str]:
    """The enterprises whose address this is and who were written to there, in order."""
    there = func.lower(enterprises.c.email) == func.lower(bindparam("mail", mail, String))
    written = (messages.c.siren == enterprises.c.siren) & (func.lower(messages.c.to) == func.lower(enterprises.c.email))
    query = select(enterprises.c.siren).where(there, exists().where(written, messages.c.recipient == "enterprise"))
    return (await connection.scalars(query.order_by(enterprises.c.siren))).all()


async def describe(connection: AsyncConnection, siren: str, values: dict[str, Any]) -> None:
    """Write names and contact details of an enterprise; where they are somebody else's, that is counted (COM-10)."""
    known = await read(connection, siren)
    changed = {epoch: getattr(known, epoch) + 1 for epoch in PERSONS if known and _is_another(epoch, known, values)}
    described = {**values, "folded_name": folded(values["name"])} if "name" in values else values
    statement = insert(enterprises).values(siren=siren, **{"name": "", **described})
    await connection.execute(statement.on_conflict_do_update(index_elements=["siren"], set_={**described, **changed}))


def _is_another(epoch: str, known: Row[Any], values: Mapping[str, Any]) -> bool:
    """A detail that somebody could be reached or named by is another or gone; one told for the first time is not."""
    before = {name: getattr(known, name) for name in PERSONS[epoch] if name in values}
    return any(was is not None and _plain(was) != _plain(values[name]) for name, was in before.items())


def _plain(detail: str | None) -> str | None:
    """What does not depend on how it was typed."""
    return detail and " ".join(unicodedata.normalize("NFKC", detail).casefold().split())
