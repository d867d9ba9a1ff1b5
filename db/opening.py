"""Files as they are opened: what is read, and the line about who reads it, in one exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, Column, ColumnElement, Select, Table, bindparam, insert, select

from db.alone import Alone
from db.tables import accesses, enterprises, journeys, messages, timeline
from domain.state import Phase

NOTED = ("organisation", "author", "role", "action", "siren", "subject", "client")
"""The parameters of each statement; its SIREN is the line's too."""

LISTED = (*NOTED, "asked", "shown")

SHOWN = (
    "siren",
    "organisation",
    "phase",
    "referent",
    "opened_on",
    "ends_on",
    "has_accountant",
    "open_incident",
    "state",
    "version",
    "ahead_seconds",
)


MINE = (journeys.c.siren == bindparam("siren")) & (journeys.c.organisation == bindparam("organisation"))
"""Row-level security says the same: neither stands alone."""


def _line(names: Sequence[str]) -> Select[Any]:
    values: list[ColumnElement[Any]] = [bindparam(name, type_=accesses.c[name].type) for name in names]
    return select(*values)


def _opened(*columns: ColumnElement[Any]) -> CTE:
    """Columns of the journey and its enterprise, whatever the phase."""
    named = journeys.outerjoin(enterprises, journeys.c.siren == enterprises.c.siren)
    return select(*columns).select_from(named).where(MINE).cte("file")


def _noting(query: Select[Any], file: CTE) -> Alone:
    """The query, and a line if the file is there: the reason why a candidate did not enrol is not a file."""
    line = _line(NOTED).select_from(file).where(file.c.phase != Phase.CANDIDATE)
    return Alone.of(query.add_cte(insert(accesses).from_select(NOTED, line).cte("noted")))


def _journey() -> Alone:
    file = _opened(*(journeys.c[name] for name in SHOWN), enterprises.c.name)
    return _noting(select(file), file)


def _beside(table: Table, *order: Column[Any]) -> Alone:
    file = _opened(journeys.c.siren, journeys.c.phase)
    lines = file.outerjoin(table, table.c.siren == file.c.siren)
    return _noting(select(file.c.phase, table).select_from(lines).order_by(*order), file)


JOURNEY = _journey()
"""The state and what is shown beside it, of a journey in any phase."""

TIMELINE = _beside(timeline, timeline.c.id)
"""What happened in the order it was written, each with the phase; one row with a null ``id`` when nothing did yet."""

MESSAGES = _beside(messages, messages.c.queued_at, messages.c.id)
"""What was written about the enterprise, whichever organisation followed it, in the order decided; likewise."""

LINE = Alone.of(insert(accesses).from_select(LISTED, _line(LISTED)))
"""Whatever else is opened, with what was asked and how much was shown."""
