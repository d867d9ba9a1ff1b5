"""Journeys as an organisation reads them; those that did not enrol are not among them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, any_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import String

from db.alone import Alone
from db.codec import AFTER_HEAD
from db.day import at_risk
from db.tables import agents, cases, commitments, enterprises, journeys
from domain.folding import folded
from domain.state import Phase

LINE = tuple(column for column in journeys.c if column.name not in ("state", "result"))
"""What a list shows without reading states."""

ESCAPE = "/"
NOTHING = "-"
"""In no folded name."""

SURELY_A_NUMBER = 5
"""From so many digits on, a text is looked for among numbers only."""


@dataclass(frozen=True)
class Place:
    """Whose enterprise it is, and how far its journey's clock is ahead on a development server."""

    organisation: str
    ahead: timedelta


@dataclass(frozen=True)
class Filters:
    """What a list of journeys is narrowed to; `text` is part of a name or the beginning of a SIREN or a SIRET.

    `growth`: a threshold appointment was offered for it (THR-2); `at_risk`: a promise is nearly or already late.
    """

    phase: str | None = None
    referent: str | None = None
    accountant: bool | None = None
    incident: bool | None = None
    text: str | None = None
    growth: bool = False
    at_risk: bool = False


_PLACES = select(journeys.c.siren, journeys.c.organisation, journeys.c.ahead_seconds).where(
    journeys.c.siren == any_(bindparam("sirens", type_=ARRAY(String(9))))
)


async def places(connection: AsyncConnection, sirens: Collection[str]) -> Mapping[str, Place]:
    """The place of each enterprise that is known, candidates included."""
    rows = await connection.execute(_PLACES, {"sirens": list(sirens)})
    return {row.siren: Place(row.organisation, timedelta(seconds=row.ahead_seconds)) for row in rows}


async def find(connection: AsyncConnection, siren: str) -> Row[Any] | None:
    """One journey of any phase, with the enterprise's name."""
    row: Row[Any] | None = (await connection.execute(_FIND, {"wanted": siren})).one_or_none()
    return row


def page(organisation: str, filters: Filters, after: str, limit: int) -> tuple[Alone, dict[str, Any]]:
    """The statement, with its values, for `limit` journeys at most whose SIREN follows `after`, in order of SIREN.

    ``head`` is the beginning of the state, which `load_glimpse` reads: the whole of fifty takes most of the time.
    """
    mine = {"organisation": organisation, "after": after, "limit": limit}
    return _page(_alike(filters)), {**vars(filters), **_sought(filters.text or ""), **mine}


@lru_cache
def _page(alike: Filters) -> Alone:
    mine = (journeys.c.organisation == bindparam("organisation")) & (journeys.c.phase != Phase.CANDIDATE)
    named = journeys.outerjoin(enterprises, journeys.c.siren == enterprises.c.siren)
    head = func.split_part(journeys.c.state, AFTER_HEAD, 1).label("head")
    query = select(*LINE, head, enterprises.c.name).select_from(named)
    query = query.where(mine, journeys.c.siren > bindparam("after"), *_conditions(alike))
    return Alone.of(query.order_by(journeys.c.siren).limit(bindparam("limit", type_=Integer)))


def _alike(filters: Filters) -> Filters:
    """The same for all filters whose statements differ by their values alone."""
    digits = _digits(filters.text or "")[:SURELY_A_NUMBER]
    return replace(
        filters,
        phase=filters.phase and "-",
        referent=filters.referent and "-",
        accountant=None if filters.accountant is None else True,
        incident=None if filters.incident is None else True,
        text=filters.text and ("0" * len(digits) or "-"),
    )


async def lines(
    connection: AsyncConnection, organisation: str, filters: Filters, after: str, limit: int
) -> Sequence[Row[Any]]:
    """The same journeys as lines of a screen, without their states, all in one query.

    Beside the columns: the names of the enterprise and of its referent, `due_at` of its most urgent running promise.
    """
    of_referent = (agents.c.organisation == journeys.c.organisation) & (agents.c.agent == journeys.c.referent)
    named = journeys.outerjoin(enterprises, journeys.c.siren == enterprises.c.siren).outerjoin(agents, of_referent)
    query: Select[Any] = select(
        *LINE, enterprises.c.name.label("name"), agents.c.name.label("referent_name"), _next_promise()
    )
    mine = (journeys.c.organisation == organisation) & (journeys.c.phase != Phase.CANDIDATE)
    query = query.select_from(named).where(mine, journeys.c.siren > after, *_conditions(filters))
    rows: Sequence[Row[Any]] = (await connection.execute(query.order_by(journeys.c.siren).limit(limit))).all()
    return rows


def _next_promise() -> Any:
    running = commitments.c.met_at.is_(None) & commitments.c.breached_at.is_(None) & commitments.c.paused_at.is_(None)
    soonest = select(func.min(commitments.c.due_at)).where(commitments.c.siren == journeys.c.siren, running)
    return soonest.correlate(journeys).scalar_subquery().label("due_at")


# Made once: building it takes longer than its answer.
_FIND: Select[Any] = (
    select(*(column for column in journeys.c if column is not journeys.c.result), enterprises.c.name)
    .select_from(journeys.outerjoin(enterprises, journeys.c.siren == enterprises.c.siren))
    .where(journeys.c.siren == bindparam("wanted"))
)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    columns = {
        "phase": journeys.c.phase,
        "referent": journeys.c.referent,
        "accountant": journeys.c.has_accountant,
        "incident": journeys.c.open_incident,
    }
    values = {name: getattr(filters, name) for name in columns}
    conditions = [columns[name] == bindparam(name, value) for name, value in values.items() if value is not None]
    wanted = {_promise_at_risk: filters.at_risk, _growing: filters.growth}
    conditions += [condition() for condition, on in wanted.items() if on]
    return [*conditions, _matching(filters.text)] if filters.text else conditions


def _promise_at_risk() -> ColumnElement[bool]:
    return exists().where(commitments.c.siren == journeys.c.siren, at_risk()).correlate(journeys)


def _growing() -> ColumnElement[bool]:
    offered = (cases.c.siren == journeys.c.siren) & (cases.c.family == "appointment") & (cases.c.kind == "threshold")
    return exists().where(offered).correlate(journeys)


def _matching(text: str) -> ColumnElement[bool]:
    sought = {name: bindparam(name, value, String) for name, value in _sought(text).items()}
    literal = enterprises.c.name.icontains(sought["part"], escape=ESCAPE)
    name = literal | enterprises.c.folded_name.contains(sought["folded"])
    if not _digits(text):
        return name
    # A range of the primary key, whatever the collation.
    number = journeys.c.siren.between(sought["first"], sought["last"])
    return number if len(_digits(text)) >= SURELY_A_NUMBER else name | number


def _sought(text: str) -> dict[str, str]:
    """A part of a name, its wildcards escaped, and as names are folded; the first and the last SIREN.

    A SIRET begins with its SIREN. In what nothing is read, nothing is found.
    """
    part = re.sub(f"[{ESCAPE}%_]", rf"{ESCAPE}\g<0>", text)
    number = _digits(text)[:9]
    return {
        "part": part,
        "folded": folded(text) or NOTHING,
        "first": number.ljust(9, "0"),
        "last": number.ljust(9, "9"),
    }


def _digits(text: str) -> str:
    digits = re.sub(r"[\s.\u2010-\u2015-]", "", text)
    return digits if digits.isdecimal() and digits.isascii() else ""
