"""`parcours doctor --ledger`: from stored facts, every message owed was sent once, or it is said why it was not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import audit
from db.audit import Span
from db.codec import load_journey
from db.tables import events, messages
from domain.proof import without_trace
from domain.rulebook import Rulebook
from domain.state import Phase

JOURNEYS_EACH = 500
EXAMPLES = 5

DOUBT_FOR = timedelta(hours=2)
"""How long a message may be leaving or in doubt, and a wake-up late."""

QUEUED_FOR = timedelta(days=1)
"""How long a message may be queued from the opening of the sending window on: providers may be down that long."""

PENDING_FOR = timedelta(minutes=10)
NUDGED_WITHIN = timedelta(seconds=5)

RESTART = "check that workers run and Temporal answers (`parcours doctor`); they then catch up by themselves"
RECALL = f"{RESTART}, a workflow ended by hand within a quarter of an hour (at once: `parcours restore-journeys`)"
REMEDIES = {
    "lines": "a decision lost its message: read `parcours why SIREN`, tell the enterprise by hand, restore the backup",
    "once": "the same thing was written twice: `parcours migrate` puts the constraint back; see with the enterprise",
    "ends": "a message has no known end: `parcours why SIREN --message ID`, then check workers and the provider",
    "proofs": "an end without its proof: find the message at the provider by its date, `parcours why` names it",
    "provider ids": "one letter stands for two rows: find both at the provider, send by hand what never left",
    "due dates": "neither reminded nor explained: `parcours why SIREN`, call the enterprise if the date still matters",
    "wake-ups": RECALL,
    "events": f"events wait: {RESTART}; one set aside waits for an administrator (/v1/set-aside-events)",
    "nudges": RESTART,
}


@dataclass
class Proof:
    """How many facts were looked at and what is amiss, with a few examples."""

    checked: int = 0
    amiss: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, checked: int, found: Iterable[str]) -> None:
        """Count more facts."""
        self.checked += checked
        for example in found:
            self.amiss += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(example)


Proofs = dict[str, Proof]


@dataclass(frozen=True)
class Reading:
    """One consistent view of the database, and the policies it knows."""

    connection: AsyncConnection
    rulebook: Rulebook


async def prove(engine: AsyncEngine, journeys_each: int = JOURNEYS_EACH) -> Proofs:
    """Check every invariant in one view of the database, a span of journeys at a time; nothing is written."""
    proofs = {subject: Proof() for subject in REMEDIES}
    began = monotonic()
    async with engine.connect() as connection:
        owed = await audit.nudges_owed(connection, 10_000)
    view = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with view.connect() as connection:
        reading = Reading(connection, await audit.rulebook(connection))
        async for span in audit.spans(connection, journeys_each):
            for check in CHECKS:
                await check(reading, span, proofs)
        twice = await audit.provider_ids_used_twice(connection, 1000)
        proofs["provider ids"].add(proofs["ends"].checked, (f"{it.provider} {it.provider_id}" for it in twice))
    await asyncio.sleep(max(0.0, NUDGED_WITHIN.total_seconds() - (monotonic() - began)) if owed else 0)
    async with engine.connect() as connection:
        proofs["nudges"].add(proofs["wake-ups"].checked, await audit.nudges_still_owed(connection, owed))
    return proofs


async def _rows_of_lines(reading: Reading, span: Span, proofs: Proofs) -> None:
    lines = await audit.lines_decided(reading.connection, span)
    missing = await audit.lines_without_rows(reading.connection, span)
    proofs["lines"].add(lines, (f"{it.siren} {it.rule} decided {it.at:%Y-%m-%d %H:%M}" for it in missing))


async def _ledger(reading: Reading, span: Span, proofs: Proofs) -> None:
    connection = reading.connection
    rows = await audit.count(connection, messages, span)
    twice = await audit.written_twice(connection, span)
    proofs["once"].add(rows, (f"{it.siren} {it.rule} {it.subject} by {it.channel}" for it in twice))
    stuck = [it for it in await audit.unsettled(connection, span) if _is_stuck(it, reading.rulebook)]
    proofs["ends"].add(rows, (f"{it.siren} {it.status} {it.id}" for it in stuck))
    unproved = await audit.unexplained(connection, span)
    proofs["proofs"].add(rows, (f"{it.siren} {it.status} {it.id}" for it in unproved))


def _is_stuck(row: Row[Any], rulebook: Rulebook) -> bool:
    if row.status != "queued":
        # Attempts are stamped by the worker's own clock, whatever was skipped on a development server.
        return row.attempted_at is None or bool(datetime.now(UTC) - row.attempted_at > DOUBT_FOR)
    policy = rulebook.current.get(row.organisation)
    leaves = row.queued_at if row.immediate or policy is None else policy.calendar.next_open(row.queued_at)
    return bool(_clock(row) - leaves > QUEUED_FOR)


def _clock(row: Row[Any]) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=row.ahead_seconds)


async def _journeys(reading: Reading, span: Span, proofs: Proofs) -> None:
    rows = await audit.states(reading.connection, span)
    late = [it for it in rows if it.wake_at and _clock(it) - it.wake_at > DOUBT_FOR]
    proofs["wake-ups"].add(len(rows), (f"{it.siren} was to wake {it.wake_at:%Y-%m-%d %H:%M}" for it in late))
    reminded = await audit.reminded(reading.connection, span)
    skipped = await audit.skipped(reading.connection, span)
    for row in rows:
        found = _untraced(row, reading.rulebook, reminded.get(row.siren, set()), skipped.get(row.siren, set()))
        proofs["due dates"].add(row.phase != Phase.CANDIDATE, found)


def _untraced(row: Row[Any], rulebook: Rulebook, reminded: set[str], skipped: set[str]) -> list[str]:
    journey, policy = load_journey(row.state), rulebook.current.get(row.organisation)
    if policy is None:
        return [f"{row.siren} no policy is known for {row.organisation}"]
    periods = without_trace(journey, _clock(row), policy.calendar, reminded, skipped)
    return [f"{row.siren} {period}" for period in periods]


async def _events(reading: Reading, span: Span, proofs: Proofs) -> None:
    days = max((policy.waiting_event_days for policy in reading.rulebook.current.values()), default=0)
    amiss = await audit.events_amiss(reading.connection, span, PENDING_FOR, timedelta(days=days + 1))
    count = await audit.count(reading.connection, events, span)
    proofs["events"].add(count, (f"{it.siren} {it.status} {it.id}" for it in amiss))


Check = Callable[[Reading, Span, Proofs], Awaitable[None]]
CHECKS: tuple[Check, ...] = (_rows_of_lines, _ledger, _journeys, _events)
