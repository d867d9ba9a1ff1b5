"""Enterprises handed over by a supervisor: who would get which, done, and taken back (ENR-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db import agents, roster, worklist
from db.tables import events, journeys
from domain.duty import AgentLoad
from domain.policy import Policy
from domain.rules.referent import ANNOUNCED_AFTER, UNDONE, taker, weight_of
from domain.state import RUNNING

SOURCE = "parcours/handovers"


@dataclass(frozen=True)
class Wanted:
    """What a supervisor asks: the running enterprises of ``agent``, or only ``siren``, to ``to`` if there then.

    ``reason`` is ``absence``, ``departure`` or ``reorganisation``; ``to`` None is the lightest portfolio.
    """

    agent: str
    reason: str
    siren: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class Preview:
    """How many running journeys each agent would get, how many letters say so, how many with an accountant's copy.

    ``left`` counts those that nobody is there to take, ``closed`` those of a departing agent that may resume.
    """

    left: int
    closed: int
    takers: dict[str, int]
    letters: int
    copies: int


@dataclass(frozen=True)
class Done:
    """A hand-over made: known by ``change``, from whom, when it was asked, of which enterprises."""

    change: UUID
    agent: str
    at: datetime
    sirens: tuple[str, ...]


async def preview(connection: AsyncConnection, policy: Policy, wanted: Wanted, now: datetime) -> Preview:
    """What handing over would do now."""
    rows = await _concerned(connection, policy, wanted)
    takers = await _takers(connection, policy, wanted, rows, now)
    told = [it for it in rows if it.is_open and it.welcomed and takers.get(it.siren) not in (None, it.known)]
    running, copies = sum(it.is_open for it in rows), sum(it.has_accountant for it in told)
    shares = dict(Counter(takers.values()))
    return Preview(running - len(takers), len(rows) - running, shares, len(told), copies)


async def hand_over(connection: AsyncConnection, policy: Policy, wanted: Wanted, now: datetime, change: UUID) -> int:
    """Tell each enterprise's journey who takes it over, once under a ``change``; return how many."""
    rows = await _concerned(connection, policy, wanted)
    takers = await _takers(connection, policy, wanted, rows, now)
    if wanted.reason == roster.DEPARTURE:
        await worklist.leave(connection, policy.organisation, wanted.agent, wanted.siren)
    leaving = {"agent": wanted.agent, "reason": wanted.reason}
    said = {it.siren: {**leaving, "to": takers.get(it.siren)} for it in rows}
    return await roster.tell_leaving(connection, policy.organisation, said, SOURCE, now, change)


async def told(connection: AsyncConnection, change: UUID) -> int:
    """How many journeys were told under a change."""
    query = select(func.count()).where(events.c.source == SOURCE, events.c.id.startswith(f"{change}/"))
    return await connection.scalar(query) or 0


async def latest(connection: AsyncConnection, organisation: str, now: datetime) -> Done | None:
    """The last hand-over of an organisation while it may be taken back: for a quarter of an hour, by one still here."""
    recent = (events.c.source == SOURCE) & (events.c.organisation == organisation)
    query = select(events.c.seq, events.c.id, events.c.siren, events.c.data, events.c.received_at)
    rows = (await connection.execute(query.where(recent, events.c.received_at > now - ANNOUNCED_AFTER))).all()
    last = max(rows, key=lambda it: it.seq, default=None)
    if last is None or last.data["reason"] == UNDONE:
        return None
    former = await agents.read(connection, organisation, last.data["agent"])
    change = last.id.partition("/")[0]
    sirens = tuple(sorted(it.siren for it in rows if it.id.startswith(f"{change}/")))
    return Done(UUID(change), former.agent, last.received_at, sirens) if former and former.trained else None


async def take_back(connection: AsyncConnection, organisation: str, change: UUID, now: datetime) -> int:
    """Give the enterprises of the last hand-over back; how many, the same when asked again, 0 when it is too late."""
    undoing = uuid5(change, UNDONE)
    if already := await told(connection, undoing):
        return already
    done = await latest(connection, organisation, now)
    if done is None or done.change != change:
        return 0
    said = {siren: {"agent": done.agent, "reason": UNDONE, "to": done.agent} for siren in done.sirens}
    return await roster.tell_leaving(connection, organisation, said, SOURCE, now, undoing)


async def _concerned(connection: AsyncConnection, policy: Policy, wanted: Wanted) -> Sequence[Row[Any]]:
    state = cast(journeys.c.state, JSONB)
    query = select(
        journeys.c.siren,
        journeys.c.has_accountant,
        journeys.c.phase.in_(RUNNING).label("is_open"),
        state["done"].has_key("ENR-4").label("welcomed"),
        func.coalesce(state["referent_unannounced"]["former"].astext, journeys.c.referent).label("known"),
    )
    theirs = roster.followed_by(policy.organisation, wanted.agent, wanted.reason, wanted.siren)
    rows: Sequence[Row[Any]] = (await connection.execute(query.where(theirs).order_by(journeys.c.siren))).all()
    return rows


async def _takers(
    connection: AsyncConnection, policy: Policy, wanted: Wanted, rows: Sequence[Row[Any]], now: datetime
) -> dict[str, str]:
    """Who takes each over: shared out one by one to the lightest portfolio, which grows."""
    there = await agents.present(connection, policy.organisation, policy.calendar.day_of(now))
    loads = {it.agent: it.weight for it in there if it.agent != wanted.agent}
    takers: dict[str, str] = {}
    for row in rows:
        to = taker(wanted.to, [AgentLoad(*it) for it in loads.items()])
        if to is None or not row.is_open:
            continue
        takers[row.siren] = to
        loads[to] += weight_of(policy, accountant=row.has_accountant)
    return takers
