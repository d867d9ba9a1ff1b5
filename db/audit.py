"""What the proof of the ledger and the explanations read: by spans of SIRENs, so that memory stays bounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.ledger import UNSETTLED
from db.policies import versions
from db.tables import events, journeys, messages, policies, timeline
from domain.messages import FAILED, LEFT
from domain.rulebook import Rulebook

LAST_SIREN = "999999999"
AGAIN = "COM-3"
"""Lines of a message tried again: its row was written by an earlier line."""


@dataclass(frozen=True)
class Span:
    """SIRENs that follow ``after``, up to ``upto`` included."""

    after: str
    upto: str

    def of(self, table: Table) -> ColumnElement[bool]:
        """The rows of a table in this span."""
        return and_(table.c.siren > self.after, table.c.siren <= self.upto)


async def spans(connection: AsyncConnection, journeys_each: int) -> AsyncIterator[Span]:
    """Every SIREN, in spans of as many journeys; the last one holds what belongs to no journey too."""
    after, ordered = "", select(journeys.c.siren).order_by(journeys.c.siren)
    while upto := await connection.scalar(ordered.where(journeys.c.siren > after).offset(journeys_each - 1).limit(1)):
        yield Span(after, upto)
        after = upto
    yield Span(after, LAST_SIREN)


async def rulebook(connection: AsyncConnection) -> Rulebook:
    """The policies as the database knows them: of each organisation, the one seen last is in force."""
    known = await versions(connection)
    rows = await connection.execute(select(policies.c.organisation, policies.c.version).order_by(policies.c.first_seen))
    return Rulebook({row.organisation: known[row.organisation, row.version] for row in rows}, known)


async def _all(connection: AsyncConnection, query: Select[Any]) -> Sequence[Row[Any]]:
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return rows


async def count(connection: AsyncConnection, table: Table, span: Span) -> int:
    """How many rows of a table a span has."""
    return await connection.scalar(select(func.count()).select_from(table).where(span.of(table))) or 0


async def lines_decided(connection: AsyncConnection, span: Span) -> int:
    """How many lines of the timeline say that a message was decided."""
    query = select(func.count()).where(span.of(timeline), timeline.c.kind == "message")
    return await connection.scalar(query) or 0


async def lines_without_rows(connection: AsyncConnection, span: Span) -> Sequence[Row[Any]]:
    """Lines of messages decided, by journey, instant and rule, that fewer subjects of the ledger answer for."""
    line = (timeline.c.siren, timeline.c.at, timeline.c.rule)
    decided = span.of(timeline) & (timeline.c.kind == "message") & (timeline.c.rule != AGAIN)
    lines = select(*line, func.count().label("n")).where(decided).group_by(*line).subquery()
    row = (messages.c.siren, messages.c.queued_at, messages.c.rule)
    subjects = func.count(messages.c.subject.distinct()).label("n")
    rows = select(*row, subjects).where(span.of(messages)).group_by(*row).subquery()
    same = (lines.c.siren == rows.c.siren) & (lines.c.at == rows.c.queued_at) & (lines.c.rule == rows.c.rule)
    query: Select[Any] = select(lines.c.siren, lines.c.at, lines.c.rule).outerjoin(rows, same)
    return await _all(connection, query.where(func.coalesce(rows.c.n, 0) < lines.c.n))


async def written_twice(connection: AsyncConnection, span: Span) -> Sequence[Row[Any]]:
    """Intentions that have more than one row."""
    one = tuple(messages.c[name] for name in ("siren", "rule", "subject", "channel", "recipient"))
    query: Select[Any] = select(*one).where(span.of(messages)).group_by(*one)
    return await _all(connection, query.having(func.count() > 1))


async def unsettled(connection: AsyncConnection, span: Span) -> Sequence[Row[Any]]:
    """Messages that a delivery has to look at, with their journey's clock."""
    columns = ("id", "siren", "organisation", "status", "immediate", "queued_at", "attempted_at")
    joined = messages.outerjoin(journeys, journeys.c.siren == messages.c.siren)
    query: Select[Any] = select(*(messages.c[name] for name in columns), _ahead()).select_from(joined)
    return await _all(connection, query.where(span.of(messages), text(UNSETTLED)))


def _ahead() -> ColumnElement[float]:
    return func.coalesce(journeys.c.ahead_seconds, 0).label("ahead_seconds")


async def unexplained(connection: AsyncConnection, span: Span) -> Sequence[Row[Any]]:
    """Messages that ended without what proves it: a reason for those that did not leave, an id for those that did."""
    silent = messages.c.status.in_(FAILED) & messages.c.reason.is_(None)
    unproved = messages.c.sent_at.is_(None) | messages.c.provider_id.is_(None)
    left = messages.c.status.in_(LEFT) & unproved
    query: Select[Any] = select(messages.c.siren, messages.c.id, messages.c.status).where(
        span.of(messages), or_(silent, left)
    )
    return await _all(connection, query)


async def states(connection: AsyncConnection, span: Span) -> Sequence[Row[Any]]:
    """The journeys of a span with their states and clocks."""
    columns = ("siren", "organisation", "phase", "state", "wake_at", "ahead_seconds")
    query: Select[Any] = select(*(journeys.c[name] for name in columns)).where(span.of(journeys))
    return await _all(connection, query)


async def reminded(connection: AsyncConnection, span: Span) -> dict[str, set[str]]:
    """By SIREN, the keys of the contributions that a reminder or a correction was written about."""
    about = messages.c.rule.in_(("REM-2", "REM-4"))
    rows = await connection.execute(select(messages.c.siren, messages.c.subject).where(span.of(messages), about))
    found: dict[str, set[str]] = defaultdict(set)
    for siren, subject in rows:
        found[siren].add(subject.split(":")[1])
    return found


async def skipped(connection: AsyncConnection, span: Span) -> dict[str, set[str]]:
    """By SIREN, the lines that say why a reminder was not sent."""
    about = (timeline.c.kind == "skipped") & timeline.c.rule.in_(("REM-2", "REM-3", "REM-4"))
    rows = await connection.execute(select(timeline.c.siren, timeline.c.summary).where(span.of(timeline), about))
    found: dict[str, set[str]] = defaultdict(set)
    for siren, summary in rows:
        found[siren].add(summary)
    return found


async def events_amiss(
    connection: AsyncConnection, span: Span, pending_for: timedelta, waiting_for: timedelta
) -> Sequence[Row[Any]]:
    """Events neither applied nor on their way: pending or waiting for too long, or put aside without a reason."""
    age = func.now() - events.c.received_at
    pending = (events.c.status == "pending") & (age > pending_for)
    waiting = (events.c.status == "waiting") & (age > waiting_for)
    aside = events.c.status.in_(("waiting", "refused", "expired")) & events.c.problem.is_(None)
    unheard_of = events.c.status.not_in(("pending", "applied", "waiting", "refused", "expired"))  # set aside included
    query: Select[Any] = select(events.c.siren, events.c.id, events.c.status)
    return await _all(connection, query.where(span.of(events), or_(pending, waiting, aside, unheard_of)))


async def provider_ids_used_twice(connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """Ids that a provider gave to one message and the ledger has on several; an acceptance without an id has none."""
    one = (messages.c.provider, messages.c.provider_id)
    given = func.coalesce(messages.c.provider_id, "") != ""
    query: Select[Any] = select(*one).where(given).group_by(*one).having(func.count() > 1)
    return await _all(connection, query.limit(limit))


async def nudges_owed(connection: AsyncConnection, limit: int) -> dict[str, int]:
    """Wake-ups not yet in Temporal's hands: SIREN and number."""
    query: Select[Any] = (
        select(journeys.c.siren, journeys.c.nudge).where(journeys.c.nudge > journeys.c.nudged).limit(limit)
    )
    return {row.siren: row.nudge for row in await connection.execute(query)}


async def nudges_still_owed(connection: AsyncConnection, owed: dict[str, int]) -> list[str]:
    """Those of some wake-ups that have not been delivered since."""
    rows = await connection.execute(select(journeys.c.siren, journeys.c.nudged).where(journeys.c.siren.in_(owed)))
    return [row.siren for row in rows if row.nudged < owed[row.siren]]


async def events_of(connection: AsyncConnection, siren: str, ids: Collection[str] = ()) -> Sequence[Row[Any]]:
    """Events about an enterprise in the order they came, without their data; of some ids only when given."""
    columns = ("id", "type", "time", "received_at", "status", "problem")
    query: Select[Any] = (
        select(*(events.c[name] for name in columns)).where(events.c.siren == siren).order_by(events.c.seq)
    )
    return await _all(connection, query.where(events.c.id.in_(ids)) if ids else query)
