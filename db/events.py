"""The inbox: events stored once for ever, then applied in order."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Row, Text, all_, bindparam, cast, exists, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import events

ELSEWHERE = "the enterprise belongs to another organisation"
"""The problem of events that an organisation sent of an enterprise that it does not follow."""


@dataclass(frozen=True)
class NewEvent:
    """An event that passed the door; ``type`` without prefix, ``organisation`` that of who sent it.

    ``trace`` is the W3C traceparent of the request that brought it, when requests are traced.
    """

    source: str
    id: str
    type: str
    siren: str
    organisation: str
    time: datetime
    data: dict[str, Any] = field(repr=False)
    trace: str | None = None


# One statement however many rows: a VALUES list would be parsed and planned anew for every number of them.
_STORE = text(
    """
    INSERT INTO events (source, id, type, siren, organisation, time, data, trace, status)
    SELECT it.*, 'pending' FROM unnest(
      CAST(:source AS text[]), CAST(:id AS text[]), CAST(:type AS text[]), CAST(:siren AS text[]),
      CAST(:organisation AS text[]), CAST(:time AS timestamptz[]), CAST(:data AS jsonb[]), CAST(:trace AS text[])
    ) AS it
    ON CONFLICT (source, id) DO NOTHING RETURNING organisation, source, id
    """
)
Identity = tuple[str, str, str]
"""Who sent an event, its ``source`` and its ``id``: what one organisation sends says nothing of another's."""

OWN_SOURCES = "parcours/"
"""How the sources begin of what Parcours says itself: known by source and id alone, whoever follows the enterprise."""

_OF = "\x1f"
"""Between a source and the organisation that uses it after another did; no source holds a control character.

The version before works on this schema : it wants ``source`` and ``id`` to be unique together.
"""


async def store(connection: AsyncConnection, new: Sequence[NewEvent]) -> set[Identity]:
    """Keep events for ever, in order; those not known before of their sender: a known one changes nothing."""
    kept = await _store(connection, new)
    known = [it for it in new if identity_of(it) not in kept and not it.source.startswith(OWN_SOURCES)]
    if not known:
        return kept
    own = await repeated(connection, [identity_of(it) for it in known])
    theirs = [it for it in known if identity_of(it) not in own]
    return kept | await _store(connection, [replace(it, source=_among_others(it)) for it in theirs])


def identity_of(event: NewEvent) -> Identity:
    """What tells it from every other event."""
    return event.organisation, event.source, event.id


def _among_others(event: NewEvent) -> str:
    return f"{event.source}{_OF}{event.organisation}"


def source_of(stored: str) -> str:
    """The source as its sender wrote it."""
    return stored.partition(_OF)[0]


async def _store(connection: AsyncConnection, new: Sequence[NewEvent]) -> set[Identity]:
    if not new:
        return set()
    columns: dict[str, list[Any]] = {
        name: [getattr(event, name) for event in new]
        for name in ("source", "id", "type", "siren", "organisation", "time", "trace")
    }
    data = [json.dumps(event.data) for event in new]
    kept = await connection.execute(_STORE, {**columns, "data": data})
    return {(row.organisation, source_of(row.source), row.id) for row in kept}


_REPEATED = text(
    """
    SELECT organisation, told.source, id FROM unnest(
      CAST(:senders AS text[]), CAST(:sources AS text[]), CAST(:ids AS text[])
    ) AS told (organisation, source, id)
    JOIN events USING (organisation, id)
    WHERE events.source IN (told.source, told.source || CAST(:of AS text) || organisation)
    """
)


async def repeated(connection: AsyncConnection, told: Sequence[Identity]) -> set[Identity]:
    """Those of some events that their sender told before."""
    if not told:
        return set()
    senders, sources, ids = (list(column) for column in zip(*told, strict=True))
    values = {"senders": senders, "sources": sources, "ids": ids, "of": _OF}
    rows = await connection.execute(_REPEATED, values)
    return {(row.organisation, row.source, row.id) for row in rows}


async def sirens_pending(connection: AsyncConnection, limit: int, aside: Collection[str] = ()) -> list[str]:
    """Enterprises with events to apply, the longest waiting first, but those set aside."""
    waiting = (events.c.status == "pending") & (events.c.siren != all_(bindparam("aside", list(aside), ARRAY(Text))))
    query = select(events.c.siren).where(waiting).group_by(events.c.siren).order_by(func.min(events.c.seq))
    return list((await connection.scalars(query.limit(limit))).all())


async def pending(connection: AsyncConnection, siren: str) -> Sequence[Row[Any]]:
    """Events of one enterprise to apply, in the order they came."""
    query = select(events).where(events.c.siren == siren, events.c.status == "pending").order_by(events.c.seq)
    return (await connection.execute(query)).all()


async def heard(connection: AsyncConnection, siren: str) -> set[str]:
    """Organisations with an applied event about an enterprise: none has left it but by the transfer that it told."""
    query = select(events.c.organisation).where(events.c.siren == siren, events.c.status == "applied")
    return set(await connection.scalars(query.distinct()))


async def told_ahead(connection: AsyncConnection, siren: str) -> dict[str, datetime]:
    """When each event of an enterprise was received that said it happened later, by its id."""
    query = select(events.c.id, events.c.received_at).where(events.c.siren == siren)
    rows = await connection.execute(query.where(events.c.time > events.c.received_at).order_by(events.c.seq.desc()))
    return {row.id: row.received_at for row in rows}


async def reason_of(connection: AsyncConnection, siren: str, event_id: str) -> str | None:
    """The reason that the decision on a remission gave, while it is kept (INC-12)."""
    one = (events.c.siren == siren) & (events.c.id == event_id) & (events.c.type == "remission.decided")
    reason: str | None = await connection.scalar(select(events.c.data["reason"].astext).where(one).limit(1))
    return reason


async def awaits(connection: AsyncConnection, siren: str, types: Sequence[str]) -> bool:
    """Whether an event of these types is stored for an enterprise and not yet applied."""
    pending = (events.c.siren == siren) & (events.c.status == "pending") & events.c.type.in_(types)
    return bool(await connection.scalar(select(exists().where(pending))))


async def last_trace(connection: AsyncConnection, siren: str, within: timedelta) -> str | None:
    """The traceparent that the newest event of an enterprise came with, when it came lately and was traced."""
    lately = events.c.received_at > func.now() - within
    query = select(events.c.trace).where(events.c.siren == siren, lately).order_by(events.c.seq.desc()).limit(1)
    trace: str | None = await connection.scalar(query)
    return trace


async def settle(connection: AsyncConnection, seqs: Sequence[int], status: str, problem: str | None = None) -> None:
    """Say what became of events: ``applied``, ``waiting`` or ``refused``."""
    await connection.execute(update(events).where(events.c.seq.in_(seqs)).values(status=status, problem=problem))


async def set_aside(connection: AsyncConnection, seq: int, problem: str) -> None:
    """Keep one event apart: it waits for an administrator, and the others of its enterprise do not wait for it."""
    values = {"status": "set_aside", "problem": problem, "set_aside_at": func.now()}
    await connection.execute(update(events).where(events.c.seq == seq).values(values))


async def forget(connection: AsyncConnection, seqs: Sequence[int], problem: str) -> None:
    """Refuse events and keep nothing of what they said."""
    refused = update(events).where(events.c.seq.in_(seqs))
    await connection.execute(refused.values(status="refused", problem=problem, data={}))


async def hear_again(connection: AsyncConnection, siren: str, organisation: str) -> None:
    """An enterprise came to an organisation: what that one said of it before is to be applied."""
    early = (events.c.siren == siren) & (events.c.organisation == organisation) & (events.c.status == "refused")
    unread = early & (events.c.problem == ELSEWHERE) & (events.c.data != cast({}, JSONB))
    await connection.execute(update(events).where(unread).values(status="pending", problem=None))


async def release_waiting(connection: AsyncConnection, siren: str) -> None:
    """The account is known at last: what waited for it is to be applied."""
    waiting = update(events).where(events.c.siren == siren, events.c.status == "waiting")
    await connection.execute(waiting.values(status="pending", problem=None))


_opening = events.alias()
_OPENING_SET_ASIDE = exists(literal(1)).where(
    _opening.c.siren == events.c.siren, _opening.c.status == "set_aside", _opening.c.type == "account.opened"
)


async def expire_waiting(connection: AsyncConnection, older_than: timedelta) -> int:
    """Give up on events whose account never came; they stay readable. One that came and is set aside is awaited."""
    late = update(events).where(events.c.status == "waiting", events.c.received_at < func.now() - older_than)
    late = late.where(~_OPENING_SET_ASIDE)
    expired = await connection.execute(late.values(status="expired", problem="no account.opened came in time"))
    return expired.rowcount


async def lock(connection: AsyncConnection, siren: str) -> None:
    """One transaction at a time for an enterprise, even before its journey has a row."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(1, :key)"), {"key": int(siren) % 2_147_483_647})


async def try_lock(connection: AsyncConnection, siren: str) -> bool:
    """The same for who has something else to do; false while another transaction has it."""
    asked = text("SELECT pg_try_advisory_xact_lock(1, :key)")
    return bool(await connection.scalar(asked, {"key": int(siren) % 2_147_483_647}))
