"""The free slots a page offers: the referent's first, then one at each hour among the other agents' (APT-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from db import slots
from domain.cases import Appointment, Slot
from domain.rules.appointments import MEANS, PHONE, has_phone
from web.desk import Desk
from web.portal.visit import Visit

DAYS_SHOWN = 6


@dataclass(frozen=True)
class Opening:
    """A free slot, at a local time, with the formats possible for this enterprise."""

    slot: str
    starts_at: datetime
    minutes: int
    formats: tuple[str, ...]

    @property
    def day(self) -> date:
        """The local day."""
        return self.starts_at.date()


@dataclass(frozen=True)
class Openings:
    """What can be chosen, by day; ``onward`` is the first day not shown."""

    referent: Mapping[date, tuple[Opening, ...]]
    others: Mapping[date, tuple[Opening, ...]]
    onward: date | None

    def __bool__(self) -> bool:
        return bool(self.referent or self.others)

    @property
    def formats(self) -> frozenset[str]:
        """All that can be chosen among."""
        days = (*self.referent.values(), *self.others.values())
        return frozenset(means for those in days for it in those for means in it.formats)


async def openings(desk: Desk, visit: Visit, appointment: Appointment, since: date | None) -> Openings:
    """The first days with free slots for an appointment, from a day on; a priority one is offered in time (APT-3)."""
    journey, policy = visit.journey, visit.world.current
    after = max(visit.now, visit.world.calendar.at(since, policy.opens)) if since else visit.now
    until = appointment.offer_until if appointment.is_offered and appointment.kind == "priority" else None
    where = (journey.organisation, policy.zone, after, until)
    async with desk.engine.connect() as connection:
        theirs = await slots.free(connection, *where, agent=journey.referent) if journey.referent else ()
        everyone = await slots.free(connection, *where)
    # One slot at each hour is enough; the last of equals is the one with the most formats.
    others = sorted((it for it in everyone if it.agent != journey.referent), key=lambda it: len(it.formats))
    return _shown(_possible(visit, theirs), _possible(visit, {it.starts_at: it for it in others}.values()))


def _possible(visit: Visit, free: Iterable[Slot]) -> list[Opening]:
    known = [it for it in MEANS if it != PHONE or has_phone(visit.journey)]
    found = (Opening(it.id, visit.local(it.starts_at), it.minutes, _among(it, known)) for it in free)
    return sorted((it for it in found if it.formats), key=lambda it: it.starts_at)


def _among(slot: Slot, known: list[str]) -> tuple[str, ...]:
    return tuple(it for it in known if it in slot.formats)


def _shown(referent: list[Opening], others: list[Opening]) -> Openings:
    days = sorted({it.day for it in (*referent, *others)})
    shown, hidden = days[:DAYS_SHOWN], days[DAYS_SHOWN:]
    return Openings(_by_day(referent, shown), _by_day(others, shown), hidden[0] if hidden else None)


def _by_day(found: list[Opening], shown: list[date]) -> dict[date, tuple[Opening, ...]]:
    kept = (it for it in found if it.day in shown)
    return {day: tuple(those) for day, those in groupby(kept, key=lambda it: it.day)}
