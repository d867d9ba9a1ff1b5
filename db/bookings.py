"""Bookings: one per slot, whoever tries (APT-2); and those whose agent became absent."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.news import News, inform
from db.slots import absent
from db.tables import bookings, cases, slots, tasks, waiting
from db.waiting import SOURCE


async def book(connection: AsyncConnection, siren: str, appointment: str, slot: str, at: datetime) -> None:
    """Hold a slot. Raises ``IntegrityError`` when another appointment holds it."""
    values = {"slot": slot, "appointment": appointment, "siren": siren, "booked_at": at}
    await connection.execute(insert(bookings).values(values))


async def release(connection: AsyncConnection, appointment: str) -> str | None:
    """Give the slot of an appointment back; return whose organisation has it again."""
    mine = (bookings.c.appointment == appointment) & (slots.c.id == bookings.c.slot)
    organisation: str | None = await connection.scalar(delete(bookings).where(mine).returning(slots.c.organisation))
    return organisation


async def attend(connection: AsyncConnection, organisation: str, agent: str, zone: str, now: datetime) -> int:
    """Compare the bookings ahead of an agent with his or her absences; tell the journeys of those that changed."""
    theirs = (slots.c.organisation == organisation) & (slots.c.agent == agent) & (slots.c.starts_at > now)
    query = select(bookings.c.slot, bookings.c.siren, ~absent(zone)).join(slots).where(theirs)
    changed = (await connection.execute(query.where(bookings.c.attended == absent(zone)))).all()
    for slot, _, attended in changed:
        await connection.execute(update(bookings).where(bookings.c.slot == slot).values(attended=attended))
    change = uuid4()
    news = [
        News(siren, f"{change}/{slot}", "slot.attendance", {"slot": slot, "attended": attended})
        for slot, siren, attended in changed
    ]
    await inform(connection, SOURCE, news, now)
    return len(changed)


async def priority_waiting(connection: AsyncConnection, organisation: str, besides: str) -> int:
    """Open priority offers of other enterprises, without those already known to lack a slot."""
    open_offers = (cases.c.organisation == organisation) & (cases.c.family == "appointment")
    query = select(func.count()).select_from(cases).where(open_offers, cases.c.kind == "priority")
    lacking = exists().where(waiting.c.appointment == cases.c.id)
    others = query.where(cases.c.status == "offered", cases.c.siren != besides, ~lacking)
    return int(await connection.scalar(others) or 0)


async def is_warned(connection: AsyncConnection, organisation: str, kind: str) -> bool:
    """A task of this kind is already open in the organisation."""
    same = (tasks.c.organisation == organisation) & (tasks.c.kind == kind) & (tasks.c.status == "open")
    return bool(await connection.scalar(select(exists().where(same))))
