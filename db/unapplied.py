"""Events that are not in their journey: waiting, refused, expired, or set aside until an administrator decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.refusals import Refused, Unknown
from db.tables import events

SET_ASIDE = "set_aside"
STATUSES = ("waiting", "refused", "expired", SET_ASIDE)
SHOWN = ("seq", "id", "source", "type", "siren", "time", "status", "problem", "set_aside_at", "reason", "decided_by")
LONGEST_REASON = 200
MOST = 100
"""Events of one enterprise shown at once."""


async def page(
    connection: AsyncConnection, organisation: str, statuses: Sequence[str], after: int, limit: int
) -> Sequence[Row[Any]]:
    """Events of an organisation that are not applied, without their data, oldest first."""
    query = _shown().where(events.c.organisation == organisation, events.c.status.in_(statuses), events.c.seq > after)
    return (await connection.execute(query.order_by(events.c.seq).limit(limit))).all()


async def set_aside_of(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """Events of one enterprise that are set aside, without their data, oldest first."""
    query = _shown().where(events.c.siren == siren, events.c.status == SET_ASIDE)
    return (await connection.execute(query.order_by(events.c.seq).limit(MOST))).all()


async def counted(connection: AsyncConnection) -> Sequence[Row[Any, Any]]:
    """How many events are set aside, by enterprise."""
    query = select(events.c.siren, func.count().label("many")).where(events.c.status == SET_ASIDE)
    return (await connection.execute(query.group_by(events.c.siren).order_by(events.c.siren))).all()


async def is_known(connection: AsyncConnection, organisation: str, seq: int) -> bool:
    """Whether an event of that number is the organisation's own, whatever became of it."""
    return (await connection.execute(select(events.c.seq).where(_own(organisation, seq)))).first() is not None


async def retry(connection: AsyncConnection, organisation: str, seq: int, by: str) -> Row[Any]:
    """Have an event that is set aside applied again, now that its cause is mended.

    Raises :class:`Unknown`, :class:`Refused`.
    """
    values = {"status": "pending", "decided_by": by, "decided_at": func.now(), "reason": None}
    return await _decide(connection, organisation, seq, values)


async def refuse(connection: AsyncConnection, organisation: str, seq: int, by: str, reason: str) -> Row[Any]:
    """Have an event that is set aside never applied; why is kept. Raises :class:`Unknown`, :class:`Refused`."""
    values = {"status": "refused", "decided_by": by, "decided_at": func.now(), "reason": reason}
    return await _decide(connection, organisation, seq, values)


async def _decide(connection: AsyncConnection, organisation: str, seq: int, values: dict[str, Any]) -> Row[Any]:
    one = _own(organisation, seq)
    known = (await connection.execute(_shown().where(one).with_for_update())).one_or_none()
    if known is None:
        raise Unknown(str(seq))
    if known.status != SET_ASIDE:
        raise Refused("Cet événement n'est plus mis de côté : quelqu'un a déjà décidé.")
    changed = update(events).where(one).values(values).returning(*(events.c[name] for name in SHOWN))
    row: Row[Any] = (await connection.execute(changed)).one()
    return row


def _own(organisation: str, seq: int) -> ColumnElement[bool]:
    return (events.c.seq == seq) & (events.c.organisation == organisation)


def _shown() -> Any:
    return select(*(events.c[name] for name in SHOWN))
