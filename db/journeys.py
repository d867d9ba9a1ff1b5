"""Journeys: read under a lock, saved with the step that changed them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.codec import dump_journey, load_journey
from db.ledger import WAITS_FOR_ACCOUNT
from db.tables import journeys, messages
from domain.state import RUNNING, Journey

# Made once: building a statement costs as much as an exchange with the server.
_ONE = select(journeys).where(journeys.c.siren == bindparam("enterprise"))
_LOCKED = _ONE.with_for_update()

# An advisory lock: a step of the journey does not wait for who wakes it.
_TAKE_NUDGES = text("""
WITH owed AS MATERIALIZED (
    SELECT siren, nudge FROM journeys WHERE nudge > nudged AND siren <> ALL(CAST(:aside AS text[])) LIMIT :limit
)
SELECT siren, nudge FROM owed WHERE pg_try_advisory_xact_lock(3, hashtext(siren))
""")
# Rows are locked in the order of their numbers, as steps lock theirs.
_MARK_NUDGED = text("""
WITH told AS (
    SELECT siren, it.nudge FROM unnest(CAST(:sirens AS text[]), CAST(:nudges AS integer[])) AS it (siren, nudge)
    JOIN journeys USING (siren) ORDER BY siren FOR UPDATE OF journeys
)
UPDATE journeys SET nudged = told.nudge FROM told WHERE journeys.siren = told.siren AND nudged < told.nudge
""")


@dataclass(frozen=True)
class Stored:
    """A journey and what the engine of steps keeps beside it; ``erased``: its people asked to be forgotten."""

    journey: Journey
    version: int
    chain: str | None
    step: int
    result: str | None
    wake_at: datetime | None
    nudge: int
    nudged: int
    ahead: timedelta
    erased: bool = False

    @property
    def clock(self) -> datetime:
        """What time it is for this journey: now, plus what was skipped on a development server."""
        return datetime.now(UTC) + self.ahead


def stored_of(row: Row[Any]) -> Stored:
    """The journey of a row with all columns of the table."""
    return Stored(
        load_journey(row.state),
        row.version,
        row.chain,
        row.step,
        row.result,
        row.wake_at,
        row.nudge,
        row.nudged,
        timedelta(seconds=row.ahead_seconds),
        row.erased_at is not None,
    )


async def lock(connection: AsyncConnection, siren: str) -> Stored | None:
    """The journey of an enterprise, for this transaction alone."""
    row = (await connection.execute(_LOCKED, {"enterprise": siren})).one_or_none()
    return stored_of(row) if row else None


async def read(connection: AsyncConnection, siren: str) -> Stored | None:
    """The journey of an enterprise, as last committed."""
    row = (await connection.execute(_ONE, {"enterprise": siren})).one_or_none()
    return stored_of(row) if row else None


def columns_of(journey: Journey) -> dict[str, Any]:
    """The state, and what stands beside it to be searched by."""
    return {
        "organisation": journey.organisation,
        "phase": str(journey.phase),
        "referent": journey.referent,
        "opened_on": journey.opened_on,
        "has_accountant": journey.accountant,
        "open_incident": any(incident.is_open for incident in journey.incidents.values()),
        "state": dump_journey(journey),
        "purged": "",
    }


async def create(connection: AsyncConnection, journey: Journey, ends_on: date) -> None:
    """The first state of an enterprise's journey."""
    values = {"siren": journey.siren, "version": 0, "ends_on": ends_on, **columns_of(journey)}
    await connection.execute(insert(journeys).values(values))


async def save(connection: AsyncConnection, stored: Stored, journey: Journey, **extra: Any) -> None:
    """The new state; ``extra`` are other columns that change with it."""
    values = {**columns_of(journey), "version": stored.version + 1, **extra}
    await connection.execute(update(journeys).where(journeys.c.siren == journey.siren).values(values))


async def take_nudges(connection: AsyncConnection, limit: int, aside: Collection[str] = ()) -> list[tuple[str, int]]:
    """Journeys whose workflow has to be woken, but those set aside: SIREN, and the number of the wake-up.

    None that another transaction took: each is woken once, however many relays look.
    """
    taken = await connection.execute(_TAKE_NUDGES, {"limit": limit, "aside": list(aside)})
    return [(siren, nudge) for siren, nudge in taken]


async def mark_nudged(connection: AsyncConnection, told: Sequence[tuple[str, int]]) -> None:
    """These wake-ups are in Temporal's hands."""
    sirens, nudges = [siren for siren, _ in told], [nudge for _, nudge in told]
    await connection.execute(_MARK_NUDGED, {"sirens": sirens, "nudges": nudges})


async def sirens_after(connection: AsyncConnection, siren: str, limit: int) -> list[str]:
    """Enterprises that have a journey, in the order of their numbers, from the one after ``siren`` on."""
    query = select(journeys.c.siren).where(journeys.c.siren > siren).order_by(journeys.c.siren).limit(limit)
    return list((await connection.scalars(query)).all())


async def nudge_owing(connection: AsyncConnection, first: str, last: str) -> int:
    """Ask the journeys between two SIREN that owe anything, ever, to look again; twice is no more than once."""
    owing = or_(journeys.c.wake_at.is_not(None), journeys.c.phase.in_(RUNNING))
    told = journeys.c.nudge == journeys.c.nudged
    here = journeys.c.siren.between(first, last) & owing & told
    return (await connection.execute(update(journeys).where(here).values(nudge=journeys.c.nudge + 1))).rowcount


async def nudge_overdue(connection: AsyncConnection, since: timedelta) -> int:
    """Ask the journeys that should have woken long ago to look again: whoever ended their workflows told nobody."""
    clock = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, journeys.c.ahead_seconds)
    overdue = (journeys.c.wake_at < clock - since) & (journeys.c.nudge == journeys.c.nudged)
    done = await connection.execute(update(journeys).where(overdue).values(nudge=journeys.c.nudge + 1))
    return done.rowcount


async def nudge_refused_to_account(connection: AsyncConnection, since: timedelta) -> int:
    """Ask the journeys to look again of which a letter waits for our account and that no delivery has tried since."""
    due = func.coalesce(messages.c.due_at, messages.c.queued_at) < func.now()
    untried = WAITS_FOR_ACCOUNT & (messages.c.attempted_at < func.now() - since) & due
    theirs = journeys.c.siren.in_(select(messages.c.siren).where(untried))
    again = update(journeys).where(theirs, journeys.c.nudge == journeys.c.nudged)
    return (await connection.execute(again.values(nudge=journeys.c.nudge + 1))).rowcount


async def nudge_open(connection: AsyncConnection, organisation: str) -> int:
    """Ask every open journey of an organisation to look again (POL-2)."""
    running = (journeys.c.organisation == organisation) & journeys.c.phase.in_(RUNNING)
    done = await connection.execute(update(journeys).where(running).values(nudge=journeys.c.nudge + 1))
    return done.rowcount
