"""What a step decided about slots, written with it: bookings, releases, those who wait, and the warning of a lack."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from db import bookings, slots, waiting
from db.waiting import Waiter
from domain.cases import Appointment, AppointmentStatus, Slot
from domain.duty import World
from domain.effects import Effect
from domain.rules.free_slots import SHORTAGE, shortage, waits
from domain.state import Journey

HOLDING = (AppointmentStatus.BOOKED, AppointmentStatus.HELD, AppointmentStatus.MISSED)


async def settle(connection: AsyncConnection, before: Journey, after: Journey, world: World) -> tuple[Effect, ...]:
    """Write what changed; return what the supervisor has to know."""
    await _exchange(connection, before, after, world.now)
    await _line_up(connection, before, after)
    return await _warning(connection, before, after, world)


async def follow(connection: AsyncConnection, before: Journey, after: Journey) -> None:
    """What waits for a slot waits for one of the organisation that follows the enterprise now (EXT-5)."""
    if before.organisation != after.organisation:
        await waiting.look_elsewhere(connection, after.siren, datetime.now(UTC))


def is_settled(before: Journey, after: Journey) -> bool:
    """Whether there is nothing to write about slots."""
    same = after.appointments == before.appointments
    return same and _lacking(after).keys() == _lacking(before).keys()


async def _exchange(connection: AsyncConnection, before: Journey, after: Journey, now: datetime) -> None:
    for it in after.appointments.values():
        old, new = _held(before.appointments.get(it.id)), _held(it)
        if old != new:
            if old:
                await _give_back(connection, it.id)
            if new:
                await bookings.book(connection, after.siren, it.id, new.id, now)


def _held(it: Appointment | None) -> Slot | None:
    return it.slot if it and it.status in HOLDING else None


async def _give_back(connection: AsyncConnection, appointment: str) -> None:
    organisation = await bookings.release(connection, appointment)
    if organisation:
        await waiting.tell(connection, organisation, 1, datetime.now(UTC))


async def _line_up(connection: AsyncConnection, before: Journey, after: Journey) -> None:
    lacking = _lacking(after)
    if lacking.keys() != _lacking(before).keys():
        await waiting.replace(connection, after.siren, [_waiter(after, it) for it in lacking.values()])


def _lacking(journey: Journey) -> dict[str, Appointment]:
    return {it.id: it for it in journey.appointments.values() if waits(journey, it)}


def _waiter(journey: Journey, it: Appointment) -> Waiter:
    return Waiter(it.id, journey.siren, journey.organisation, it.kind == "priority", it.offered_at)


async def _warning(connection: AsyncConnection, before: Journey, after: Journey, world: World) -> tuple[Effect, ...]:
    """Looked at when a priority offer is made or a slot is taken: only then can slots begin to lack."""
    if not _presses(before, after):
        return ()
    mine = sum(it.is_offered and it.kind == "priority" and not it.starved for it in after.appointments.values())
    count = mine + await bookings.priority_waiting(connection, after.organisation, after.siren)
    if not count:
        return ()
    days = world.policy.priority_appointment_working_days
    until = world.closing(world.calendar.add_working_days(world.today, days))
    free = await slots.count_free(connection, after.organisation, world.policy.zone, world.now, until)
    task = shortage(count, free, world)
    known = task and await bookings.is_warned(connection, after.organisation, SHORTAGE)
    return (task,) if task and not known else ()


def _presses(before: Journey, after: Journey) -> bool:
    changed = (it for it in after.appointments.values() if it != before.appointments.get(it.id))
    return any(it.is_booked or (it.is_offered and it.kind == "priority") for it in changed)
