"""Collective meetings: published by an organisation, their places taken and given up by enterprises (APT-5).

The row of a meeting is locked by whoever changes it or takes a place: there are never more taken than there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.news import News, inform
from db.refusals import Refused, Unknown
from db.tables import enterprises, journeys, meetings, registrations
from domain.meetings import Change
from domain.state import RUNNING

SOURCE = "parcours/meetings"
MOST = 500
"""Meetings of one list, the soonest first."""


AHEAD = timedelta(days=3 * 366)
"""How far ahead a meeting is announced: no journey lasts longer (EXT-2)."""


@dataclass(frozen=True)
class Planned:
    """A meeting as it is published; ``kind`` a key of ``domain.meetings.KINDS``."""

    kind: str
    title: str
    place: str
    starts_at: datetime
    minutes: int
    places: int


async def publish(
    connection: AsyncConnection, organisation: str, meeting: str, planned: Planned, now: datetime
) -> None:
    """Announce a meeting; the same id again announces nothing more. Raises :class:`Refused`."""
    _check_planned(planned, now)
    values = {"id": meeting, "organisation": organisation, **asdict(planned)}
    await connection.execute(insert(meetings).values(values).on_conflict_do_nothing())


async def change(connection: AsyncConnection, organisation: str, meeting: str, planned: Planned, now: datetime) -> None:
    """Write it anew; those who are registered are told, unless the number of places alone changes.

    Raises :class:`Unknown`, :class:`Refused`.
    """
    known = await _lock_ahead(connection, organisation, meeting, now)
    _check_planned(planned, now)
    taken = await _count(connection, meeting)
    if planned.places < taken:
        raise Refused(f"{taken} entreprises sont déjà inscrites : gardez au moins autant de places.")
    await connection.execute(update(meetings).where(meetings.c.id == meeting).values(**asdict(planned)))
    if any(getattr(known, name) != new for name, new in asdict(planned).items() if name != "places"):
        await _tell_all(connection, meeting, Change.MOVED)


async def cancel(connection: AsyncConnection, organisation: str, meeting: str, now: datetime) -> None:
    """Call it off; those who are registered are told. Again it does nothing more.

    Raises :class:`Unknown`, :class:`Refused`.
    """
    if (await _lock(connection, organisation, meeting)).cancelled:
        return
    await _lock_ahead(connection, organisation, meeting, now)
    await connection.execute(update(meetings).where(meetings.c.id == meeting).values(cancelled=True))
    await _tell_all(connection, meeting, Change.CANCELLED)


async def register(connection: AsyncConnection, organisation: str, meeting: str, siren: str, now: datetime) -> None:
    """Take a place, once; ``now`` is the enterprise's clock. Raises :class:`Unknown`, :class:`Refused`."""
    known = await _lock_ahead(connection, organisation, meeting, now)
    if await _stands(connection, meeting, siren):
        return
    if await connection.scalar(select(journeys.c.phase).where(journeys.c.siren == siren)) not in RUNNING:
        raise Refused("Le parcours de l'entreprise est terminé.")
    if await _count(connection, meeting) >= known.places:
        raise Refused("Il ne reste plus de place : choisissez une autre date.")
    await _write(connection, known, siren, Change.REGISTERED)


async def leave(connection: AsyncConnection, organisation: str, meeting: str, siren: str, now: datetime) -> None:
    """Give a place up, once. Raises :class:`Unknown`, :class:`Refused`."""
    known = await _lock(connection, organisation, meeting)
    if await _stands(connection, meeting, siren):
        _check_ahead(known, now)
        await _write(connection, known, siren, Change.LEFT)


async def _lock_ahead(connection: AsyncConnection, organisation: str, meeting: str, now: datetime) -> Row[Any]:
    known = await _lock(connection, organisation, meeting)
    _check_ahead(known, now)
    return known


def _check_ahead(known: Row[Any], now: datetime) -> None:
    if known.cancelled:
        raise Refused("Cette réunion est annulée.")
    if known.starts_at <= now:
        raise Refused("Cette réunion a déjà commencé.")


def _check_planned(planned: Planned, now: datetime) -> None:
    if planned.starts_at <= now:
        raise Refused("Choisissez une date à venir.")
    if planned.starts_at > now + AHEAD:
        raise Refused("Choisissez une date dans les trois ans qui viennent.")


async def _lock(connection: AsyncConnection, organisation: str, meeting: str) -> Row[Any]:
    one = (meetings.c.id == meeting) & (meetings.c.organisation == organisation)
    known = (await connection.execute(select(meetings).where(one).with_for_update())).one_or_none()
    if known is None:
        raise Unknown(meeting)
    return known


async def _stands(connection: AsyncConnection, meeting: str, siren: str) -> bool:
    mine = (registrations.c.meeting == meeting) & (registrations.c.siren == siren)
    return bool(await connection.scalar(select(registrations.c.stands).where(mine)))


async def _count(connection: AsyncConnection, meeting: str) -> int:
    taken = (registrations.c.meeting == meeting) & registrations.c.stands
    return int(await connection.scalar(select(func.count()).select_from(registrations).where(taken)) or 0)


async def _write(connection: AsyncConnection, known: Row[Any], siren: str, what: Change) -> None:
    values = {"stands": what is Change.REGISTERED, "changed_at": datetime.now(UTC)}
    first = insert(registrations).values(meeting=known.id, siren=siren, sequence=0, **values)
    changed = first.on_conflict_do_update(
        index_elements=["meeting", "siren"], set_={**values, "sequence": registrations.c.sequence + 1}
    )
    sequence = await connection.scalar(changed.returning(registrations.c.sequence))
    await _tell(connection, known, [(siren, sequence)], what)


async def _tell_all(connection: AsyncConnection, meeting: str, what: Change) -> None:
    known = (await connection.execute(select(meetings).where(meetings.c.id == meeting))).one()
    theirs = (registrations.c.meeting == meeting) & registrations.c.stands
    stands = what is not Change.CANCELLED
    counted = {"stands": stands, "sequence": registrations.c.sequence + 1, "changed_at": datetime.now(UTC)}
    changed = update(registrations).where(theirs).values(counted)
    rows = await connection.execute(changed.returning(registrations.c.siren, registrations.c.sequence))
    await _tell(connection, known, [(row.siren, row.sequence) for row in rows], what)


async def _tell(connection: AsyncConnection, known: Row[Any], whom: Sequence[tuple[str, int]], what: Change) -> None:
    said = {
        "meeting": known.id,
        **{name: getattr(known, name) for name in ("kind", "title", "place", "minutes")},
        "starts_at": known.starts_at.isoformat(),
        "change": str(what),
    }
    news = [
        News(siren, f"{known.id}/{siren}/{sequence}", "meeting.registration", {**said, "sequence": sequence})
        for siren, sequence in whom
    ]
    await inform(connection, SOURCE, news, datetime.now(UTC))


async def listed(
    connection: AsyncConnection, organisation: str, after: datetime, until: datetime | None = None
) -> Sequence[Row[Any]]:
    """Meetings that begin after an instant, with how many places are ``taken``."""
    query = _counted().where(meetings.c.organisation == organisation, meetings.c.starts_at > after)
    query = query.where(meetings.c.starts_at <= until) if until else query
    found = await connection.execute(query.order_by(meetings.c.starts_at, meetings.c.id).limit(MOST))
    rows: Sequence[Row[Any]] = found.all()
    return rows


async def find(connection: AsyncConnection, organisation: str, meeting: str) -> Row[Any]:
    """One meeting, with how many places are ``taken``. Raises :class:`Unknown`."""
    query = _counted().where(meetings.c.organisation == organisation, meetings.c.id == meeting)
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Unknown(meeting)
    return row


def _counted() -> Select[Any]:
    return select(meetings, _taken().label("taken"))


def _taken() -> ScalarSelect[int]:
    taken = and_(registrations.c.meeting == meetings.c.id, registrations.c.stands)
    return select(func.count()).select_from(registrations).where(taken).correlate(meetings).scalar_subquery()


async def next_of(connection: AsyncConnection, organisation: str, kind: str, after: datetime) -> Row[Any] | None:
    """The next meeting of a kind with a place left."""
    ahead = (meetings.c.organisation == organisation) & (meetings.c.starts_at > after) & ~meetings.c.cancelled
    query = _counted().where(ahead, meetings.c.kind == kind, _taken() < meetings.c.places)
    first = query.order_by(meetings.c.starts_at, meetings.c.id).limit(1)
    row: Row[Any] | None = (await connection.execute(first)).one_or_none()
    return row


async def places_of(connection: AsyncConnection, siren: str, after: datetime) -> Sequence[Row[Any]]:
    """The meetings ahead in which an enterprise has a place, with the ``sequence`` of its registration."""
    mine = (registrations.c.siren == siren) & registrations.c.stands & (meetings.c.starts_at > after)
    query = select(meetings, registrations.c.sequence).join(registrations).where(mine).order_by(meetings.c.starts_at)
    return (await connection.execute(query)).all()


async def registered(connection: AsyncConnection, whose: Sequence[str]) -> Sequence[Row[Any, Any, Any, Any]]:
    """Who has a place in meetings: their number, their name if the reader follows them, since when."""
    query = select(
        registrations.c.meeting, registrations.c.siren, enterprises.c.name, registrations.c.changed_at.label("since")
    ).outerjoin(enterprises, enterprises.c.siren == registrations.c.siren)
    theirs = registrations.c.meeting.in_(whose) & registrations.c.stands
    return (
        await connection.execute(query.where(theirs).order_by(enterprises.c.folded_name, registrations.c.siren))
    ).all()
