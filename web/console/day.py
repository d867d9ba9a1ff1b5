"""``/console/``: the tasks, appointments and promises of a day, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from db import day, roster
from db.tenancy import as_organisation
from web.console import trail
from web.console.people import Person
from web.console.rendering import screen
from web.console.words import time_left, urgency
from web.desk import Desk

QUEUES = {
    "agent": ("referent",),
    "supervisor": ("referent", "supervisor", "mediator", "common_law"),
    "mediator": ("mediator",),
    "admin": ("referent", "supervisor", "mediator", "common_law"),
}
"""What supervisors see of mediations lies there for an organisation without mediator."""
DONE = {"prise": "La tâche est à vous.", "terminee": "C'est noté, la tâche est terminée."}


@dataclass(frozen=True)
class Line:
    """A row with a deadline, and the time left on its journey's clock."""

    row: Row[Any]
    left: str
    urgency: str


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    policy = desk.rulebook.current[person.organisation]
    now, mediates = datetime.now(UTC), person.role == "mediator"
    start = policy.calendar.at(policy.calendar.day_of(now), time())
    async with as_organisation(desk.engine, person.organisation) as connection:
        where = (connection, person.organisation)
        mine = await (day.mediations if mediates else day.mine)(*where, person.author)
        to_take = await day.to_take(*where, QUEUES[person.role], person.agent)
        meetings = await day.appointments(*where, person.author, start, start + timedelta(days=1))
        people = await roster.names(*where)
        referent = person.agent if person.role == "agent" else None
        promises = [] if mediates else await day.promises(*where, referent)
    trail.shown(request, len(mine) + len(to_take) + len(meetings) + len(promises))
    return screen(
        "day",
        person=person,
        request=request,
        policy=policy,
        today=policy.calendar.day_of(now),
        people=people,
        mine=lines(mine, now),
        to_take=lines(to_take, now),
        meetings=meetings,
        promises=lines(promises, now),
        done=DONE.get(request.query_params.get("fait", "")),
    )


def lines(rows: Iterable[Row[Any]], now: datetime) -> list[Line]:
    """Rows with ``due_at`` and ``ahead_seconds``, and the time each has left."""
    return [_line(row, now + timedelta(seconds=row.ahead_seconds or 0)) for row in rows]


def _line(row: Row[Any], clock: datetime) -> Line:
    return Line(row, time_left(row.due_at, clock), urgency(row.due_at, clock))
