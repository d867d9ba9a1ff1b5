"""Slots: what agents publish, what is still free (APT-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, Date, Row, cast, column, delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db import waiting
from db.tables import agents, bookings, slots
from domain.cases import Slot

LOOK_AHEAD = 200
"""How many free slots are shown or looked at, the soonest first."""


class OverlappingSlots(Exception):
    """Two slots of one agent overlap; ``starts_at`` is the second of them."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(f"the slot of {starts_at.isoformat()} overlaps another one of the same agent")
        self.starts_at = starts_at


@dataclass(frozen=True)
class Published:
    """A slot as an agent publishes it; ``formats`` among ``in_person``, ``phone``, ``video``, ``on_site``."""

    starts_at: datetime
    minutes: int
    formats: tuple[str, ...]


def slot_id(organisation: str, agent: str, starts_at: datetime) -> str:
    """The same slot published twice is one slot."""
    return str(uuid5(NAMESPACE_URL, f"slot|{organisation}|{agent}|{starts_at.astimezone(UTC).isoformat()}"))


async def publish(
    connection: AsyncConnection, organisation: str, agent: str, published: Sequence[Published], now: datetime
) -> tuple[Slot, ...]:
    """Replace the slots ahead of an agent; those already booked stay. Those who wait for a slot are told.

    Raises :class:`OverlappingSlots`.
    """
    known = await _lock_ahead(connection, organisation, agent, now)
    booked = await _booked(connection, list(known))
    wanted = {slot_id(organisation, agent, it.starts_at): it for it in published if it.starts_at > now}
    _refuse_overlaps([*(known[it] for it in booked), *(it for key, it in wanted.items() if key not in booked)])
    withdrawn = known.keys() - wanted.keys() - booked
    await connection.execute(delete(slots).where(slots.c.id.in_(withdrawn)))
    rows = [_row(organisation, agent, key, it) for key, it in wanted.items() if key not in booked]
    await _put(connection, rows)
    await waiting.tell(connection, organisation, len(wanted.keys() - known.keys()), now)
    return await ahead(connection, organisation, agent, now)


async def _lock_ahead(
    connection: AsyncConnection, organisation: str, agent: str, now: datetime
) -> dict[str, Published]:
    mine = (slots.c.organisation == organisation) & (slots.c.agent == agent) & (slots.c.starts_at > now)
    rows = await connection.execute(select(slots).where(mine).order_by(slots.c.id).with_for_update())
    return {row.id: Published(row.starts_at, row.minutes, tuple(row.formats)) for row in rows}


async def _booked(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    # Read after the rows are locked: a booking that was being made while we waited is seen.
    return set((await connection.scalars(select(bookings.c.slot).where(bookings.c.slot.in_(ids)))).all())


def _refuse_overlaps(all_slots: Sequence[Published]) -> None:
    for one, next_one in pairwise(sorted(all_slots, key=lambda it: it.starts_at)):
        if next_one.starts_at < one.starts_at + timedelta(minutes=one.minutes):
            raise OverlappingSlots(next_one.starts_at)


def _row(organisation: str, agent: str, key: str, it: Published) -> dict[str, Any]:
    return {"id": key, "organisation": organisation, "agent": agent, **vars(it), "formats": list(it.formats)}


async def _put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        statement = insert(slots)
        new = {name: statement.excluded[name] for name in ("minutes", "formats")}
        await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=new), rows)


async def ahead(connection: AsyncConnection, organisation: str, agent: str, now: datetime) -> tuple[Slot, ...]:
    """The slots ahead of an agent, free or booked."""
    mine = (slots.c.organisation == organisation) & (slots.c.agent == agent) & (slots.c.starts_at > now)
    return tuple(_slot(row) for row in await connection.execute(select(slots).where(mine).order_by(slots.c.starts_at)))


async def hold(connection: AsyncConnection, wanted: Sequence[str]) -> None:
    """Lock the slots somebody wants until this transaction ends: who comes second sees them taken."""
    query = select(slots.c.id).where(slots.c.id.in_(wanted)).order_by(slots.c.id)
    await connection.execute(query.with_for_update())


async def free(
    connection: AsyncConnection,
    organisation: str,
    zone: str,
    after: datetime,
    until: datetime | None = None,
    wanted: Sequence[str] = (),
    agent: str | None = None,
    rather: str | None = None,
) -> tuple[Slot, ...]:
    """Free slots of present agents, or of one, after an instant, soonest first.

    The ``wanted`` are never cut off, those of the agent one would ``rather`` meet not for the others.
    """
    query = select(slots).where(*_free(organisation, zone, after, until))
    query = query.where(slots.c.agent == agent) if agent else query
    kept_first = [slots.c.id.in_(wanted).desc(), *([(slots.c.agent == rather).desc()] if rather else [])]
    query = query.order_by(*kept_first, slots.c.starts_at, slots.c.id).limit(LOOK_AHEAD)
    found = [_slot(row) for row in await connection.execute(query)]
    return tuple(sorted(found, key=lambda it: (it.starts_at, it.id)))


async def count_free(
    connection: AsyncConnection, organisation: str, zone: str, after: datetime, until: datetime
) -> int:
    """How many slots are free between two instants."""
    query = select(func.count()).select_from(slots).where(*_free(organisation, zone, after, until))
    return int(await connection.scalar(query) or 0)


def _free(organisation: str, zone: str, after: datetime, until: datetime | None) -> list[ColumnElement[bool]]:
    conditions = [
        slots.c.organisation == organisation,
        slots.c.starts_at > after,
        ~exists().where(bookings.c.slot == slots.c.id),
        ~absent(zone),
    ]
    return [*conditions, slots.c.starts_at <= until] if until else conditions


def absent(zone: str) -> ColumnElement[bool]:
    """The agent of a slot is away on its day, in that time zone."""
    day = cast(func.timezone(zone, slots.c.starts_at), Date)
    recorded = func.jsonb_to_recordset(agents.c.absences).table_valued(column("from", Date), column("to", Date))
    away = recorded.render_derived(name="away", with_types=True).lateral()
    theirs = (agents.c.organisation == slots.c.organisation) & (agents.c.agent == slots.c.agent)
    within = day.between(away.c["from"], away.c["to"])
    found = select(literal(1)).select_from(agents.join(away, within)).where(theirs).correlate(slots)
    return found.exists()


def _slot(row: Row[Any]) -> Slot:
    return Slot(row.id, row.agent, row.starts_at, row.minutes, tuple(row.formats))
