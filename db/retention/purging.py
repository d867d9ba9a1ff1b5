"""What is kept no longer, erased a bounded number of rows at a time, so that nothing waits for it.

Each span is a transaction of its own that finds nothing left to do when it is taken again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, Table, delete, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.codec import dump_journey, load_journey
from db.retention.periods import ARCHIVE, CASE, STATE, Period, Rule, aged, of_case, sirens_over
from db.tables import journeys, upkeep
from domain.forgetting import without_addresses, without_people
from domain.state import Journey

ROWS = 5_000
JOURNEYS = 200
PURGE = "purge"
FORGET: Mapping[Period, Callable[[Journey], Journey]] = {CASE: without_addresses, ARCHIVE: without_people}
MARKS = {CASE: "archived", ARCHIVE: "lapsed"}


async def purge(engine: AsyncEngine, now: datetime) -> dict[str, int]:
    """Erase all whose period is over; return how many rows, by the subject of their rule. May be stopped anywhere."""
    erased: Counter[str] = Counter()
    for rule in aged():
        erased[rule.subject] = await _purge_aged(engine, rule, now)
    for period in (CASE, ARCHIVE):
        erased.update(dict.fromkeys((*(it.subject for it in of_case(period)), STATE), 0))
        erased.update(await _purge_cases(engine, period, now))
    await _note_success(engine)
    return dict(erased)


async def apply(connection: AsyncConnection, rule: Rule, where: ColumnElement[bool]) -> int:
    """Erase what a rule is about in some rows; return in how many there was something."""
    rows = where & rule.when & rule.written
    if not rule.blanks:
        return (await connection.execute(delete(rule.table).where(rows))).rowcount
    return (await connection.execute(update(rule.table).where(rows).values({**rule.blanks, **rule.beside}))).rowcount


async def _purge_aged(engine: AsyncEngine, rule: Rule, now: datetime) -> int:
    """Walk through a table by its primary key."""
    keys = list(rule.table.primary_key.columns)
    page = select(*keys).order_by(*keys).limit(ROWS)
    erased, span = 0, await _span(engine, page)
    while span:
        first, last = _key(keys, span[0]), _key(keys, span[-1])
        async with engine.begin() as connection:
            erased += await apply(connection, rule, _between(keys, first, last) & rule.old(now))
        span = await _span(engine, page.where(tuple_(*keys) > last))
    return erased


def _key(keys: Sequence[Column[Any]], row: Row[Any]) -> Any:
    return tuple_(*(literal(value, key.type) for key, value in zip(keys, row, strict=True)))


def _between(keys: Sequence[Column[Any]], first: Any, last: Any) -> ColumnElement[bool]:
    one: Any = tuple_(*keys)
    between: ColumnElement[bool] = (one >= first) & (one <= last)
    return between


async def _span(engine: AsyncEngine, page: Select[Any]) -> Sequence[Row[Any]]:
    async with engine.connect() as connection:
        rows: Sequence[Row[Any]] = (await connection.execute(page)).all()
    return rows


async def _purge_cases(engine: AsyncEngine, period: Period, now: datetime) -> Counter[str]:
    erased: Counter[str] = Counter()
    while True:
        async with engine.begin() as connection:
            rows = (await connection.execute(sirens_over(period, now, JOURNEYS))).all()
            if not rows:
                return erased
            sirens = [row.siren for row in rows]
            for rule in of_case(period):
                erased[rule.subject] += await apply(connection, rule, of_sirens(rule.table, sirens))
            erased[STATE] += await _forget(connection, rows, period)


def of_sirens(table: Table, sirens: Sequence[str]) -> ColumnElement[bool]:
    """The rows of a table about some enterprises."""
    return table.c.siren.in_(sirens)


async def _forget(connection: AsyncConnection, rows: Sequence[Row[Any]], period: Period) -> int:
    """Write the states without the people; return how many named anybody."""
    changed = 0
    for row in rows:
        known = load_journey(row.state)
        left = FORGET[period](known)
        changed += left != known
        values = {"state": dump_journey(left) if left != known else row.state, "purged": MARKS[period]}
        await connection.execute(update(journeys).where(journeys.c.siren == row.siren).values(values))
    return changed


async def _note_success(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(upkeep).where(upkeep.c.name == PURGE).values(done_at=func.now()))
