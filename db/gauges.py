"""What the gauges read: each query is bounded by a partial index or by an index alone, and names nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.ledger import UNSETTLED, refused_to_account
from db.tables import commitments, deliveries, events, journeys, messages, tasks, upkeep

# The values of one gauge by its labels, in the order of the gauge's label names.
Samples = Mapping[tuple[str, ...], float]
Readings = Mapping[str, Samples]

NO_RECEIPT_AFTER = timedelta(hours=4)
NO_RECEIPT_UNTIL = timedelta(days=7)
AT_RISK_WITHIN = timedelta(hours=6)
BREACHED_WITHIN = timedelta(days=1)


async def limit(connection: AsyncConnection, patience: timedelta) -> None:
    """Let no query of this transaction last longer than that; a gauge is never worth a slow journey."""
    await connection.execute(text(f"SET LOCAL statement_timeout = {patience // timedelta(milliseconds=1)}"))


async def inbox(connection: AsyncConnection) -> Readings:
    """Events not applied yet and the age of the oldest, seconds, by status; wake-ups not in Temporal's hands."""
    counts: dict[tuple[str, ...], float] = {}
    ages: dict[str, float] = {}
    for status in ("pending", "waiting", "set_aside"):
        query = select(func.count(), _age(func.min(events.c.received_at))).where(_is(events.c.status, status))
        counts[status,], ages[status] = (await connection.execute(query)).one()
    owed = await connection.scalar(select(func.count()).where(journeys.c.nudge > journeys.c.nudged))
    return {
        "events_stored": counts,
        "set_aside_events_oldest_seconds": {(): ages["set_aside"]},
        "waiting_events_oldest_seconds": {(): ages["waiting"]},
        "relay_lag_seconds": {(): ages["pending"]},
        "wakeups_owed": {(): owed or 0},
    }


async def outbox(connection: AsyncConnection) -> Readings:
    """Messages whose end is awaited by status; those owed already and the age of the oldest, seconds, by channel.

    One in doubt may have left: it is counted as such, and owed no more.
    """
    unsettled = text(UNSETTLED)
    by_status = select(messages.c.status, func.count()).where(unsettled).group_by(messages.c.status)
    due = func.coalesce(messages.c.due_at, messages.c.queued_at)
    owed = and_(unsettled, messages.c.status != "unknown", due < func.now())
    late = select(messages.c.channel, func.count(), _age(func.min(due))).where(owed)
    rows = (await connection.execute(late.group_by(messages.c.channel))).all()
    nothing = dict.fromkeys([("queued",), ("sending",), ("unknown",)], 0.0)
    return {
        "messages": nothing | await _counted(connection, by_status),
        "messages_owed": {(row[0],): row[1] for row in rows},
        "messages_owed_oldest_seconds": {(row[0],): row[2] for row in rows},
        "receipts_missing": await _receipts_missing(connection),
        "messages_refused_to_account": await _refused_to_account(connection),
    }


async def _refused_to_account(connection: AsyncConnection) -> Samples:
    """Messages that wait for our account at a provider to be put right, by provider and its code."""
    waiting = await refused_to_account(connection)
    return {(provider, reason.rpartition(" ")[2]): count for provider, reason, count in waiting}


async def _receipts_missing(connection: AsyncConnection) -> Samples:
    """Messages a provider took between seven days and four hours ago, of which it has said nothing since."""
    since, until = func.now() - NO_RECEIPT_UNTIL, func.now() - NO_RECEIPT_AFTER
    silent = _is(messages.c.status, "sent") & messages.c.sent_at.between(since, until)
    one = (messages.c.channel, messages.c.provider)
    return await _counted(connection, select(*one, func.count()).where(silent).group_by(*one))


async def promises(connection: AsyncConnection) -> Readings:
    """Commitments due within six hours or past due, and those breached in the last day, by kind and organisation.

    Nobody is waited for by what was erased when asked for.
    """
    running = commitments.c.met_at.is_(None) & commitments.c.breached_at.is_(None)
    erased = exists().where(journeys.c.siren == commitments.c.siren, journeys.c.erased_at.is_not(None))
    near = running & commitments.c.paused_at.is_(None) & (commitments.c.due_at < func.now() + AT_RISK_WITHIN) & ~erased
    broken = commitments.c.breached_at > func.now() - BREACHED_WITHIN
    late = _is(tasks.c.status, "open") & (tasks.c.due_at < func.now())
    overdue = select(tasks.c.organisation, func.count()).where(late).group_by(tasks.c.organisation)
    return {
        "promises_at_risk": await _counted(connection, _promised(near)),
        "promises_breached": await _counted(connection, _promised(broken)),
        "tasks_overdue": await _counted(connection, overdue),
    }


def _promised(condition: ColumnElement[bool]) -> Select[Any]:
    one = (commitments.c.kind, commitments.c.organisation)
    return select(*one, func.count()).where(condition).group_by(*one)


async def subscribers(connection: AsyncConnection) -> Readings:
    """Deliveries of events out: pending, those of them that failed at least once, and those given up."""
    failing = func.count().filter(deliveries.c.attempts > 0)
    waiting = select(func.count(), failing).where(_is(deliveries.c.status, "pending"))
    pending, failed_once = (await connection.execute(waiting)).one()
    given_up = await connection.scalar(select(func.count()).where(_is(deliveries.c.status, "failed")))
    return {"deliveries": {("pending",): pending, ("failing",): failed_once, ("failed",): given_up or 0}}


async def portfolio(connection: AsyncConnection) -> Readings:
    """Journeys by organisation and phase: the whole of one index, so read it seldom."""
    one = (journeys.c.organisation, journeys.c.phase)
    return {"journeys": await _counted(connection, select(*one, func.count()).group_by(*one))}


async def timers(connection: AsyncConnection) -> Readings:
    """When each work of an operator's timer last ended well, Unix seconds; since when it is awaited if it never did."""
    done = func.extract("epoch", func.coalesce(upkeep.c.done_at, upkeep.c.since))
    rows = await connection.execute(select(upkeep.c.name, done))
    return {f"{row[0]}_last_success_timestamp_seconds": {(): float(row[1])} for row in rows}


def _age(instant: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(func.greatest(func.extract("epoch", func.now() - instant), 0), 0)


def _is(column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    """The value in the statement itself, as partial indexes ask for."""
    equal: ColumnElement[bool] = column == literal_column(f"'{value}'")
    return equal


async def _counted(connection: AsyncConnection, query: Select[Any]) -> dict[tuple[str, ...], float]:
    return {tuple(map(str, row[:-1])): row[-1] for row in await connection.execute(query)}
