"""Tasks of agents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api import cursors
from api.auditing import shown
from api.auth import Caller, TaskHolder
from api.idempotency import Idempotent
from api.identifiers import AgentName, Line, SirenText, Text
from api.instants import localised
from api.journeys.access import check_own, open_dossier
from api.masking import Shown
from api.paging import Cursor, Limit, cut
from api.problems import Fault, Problem, documented
from api.services import Service, Services
from db import journeys
from db.claims import end_task
from db.portfolio import places
from db.refusals import Refused
from db.tables import tasks
from db.tenancy import as_organisation, holder
from db.worklist import Filters, in_hand, lock, page
from domain.authority import MEDIATION, Objection, objection_to
from domain.rules.answers import owed_deed
from domain.rules.calls import Unfit, end_of_half, last_day, why_not_again

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], route_class=Idempotent)


OBJECTIONS = {
    Objection.ELSEWHERE: "This enterprise is followed by another organisation now: its tasks are ended there.",
    Objection.SUPERVISOR: "This task is the supervisor's: use a token of role supervisor.",
    Objection.MEDIATOR: "A mediation is ended by a mediator, or by a supervisor: use a token of that role (MED-1).",
    Objection.ONLY_MEDIATIONS: "A mediator ends mediations alone: use a token of role agent.",
    Objection.ABOUT_ONESELF: "This mediation is about the caller's own work: somebody else has to end it (MED-1).",
}


UNFIT = {
    Unfit.NOT_A_CALL: "Only an open call about an incident that ends as message_left or unreachable is made again.",
    Unfit.LAST: "This was the last attempt, a letter follows: leave the day out.",
    Unfit.PAST: "This half-day is over: choose one that is ahead.",
    Unfit.NOT_WORKED: "Nobody works on this day: choose a working day.",
    Unfit.TOO_FAR: "Too far ahead: choose a day until {last}.",
}


class Task(BaseModel):
    """A piece of work with a deadline; `queue` says who it is for when nobody is named.

    A task that lost its object (what it was about is paid, booked, answered…) is `cancelled`, and `note` says why.
    """

    id: UUID
    kind: str
    rule: str
    siren: str
    queue: Literal["referent", "supervisor", "mediator", "common_law"]
    assignee: str | None
    status: Literal["open", "done", "cancelled"]
    due_at: datetime
    opened_at: datetime
    summary: Shown
    guidance: list[Shown]
    outcome: Shown | None
    note: Shown | None
    done_by: str | None
    done_at: datetime | None


class Tasks(BaseModel):
    """A page of tasks."""

    items: list[Task]
    next_cursor: str | None


class Done(BaseModel):
    """How a task ended.

    Of a call about an incident that ends as `message_left` or `unreachable`, `follow_up_on` is the day on which to call
    again, `follow_up_half` until when on that day; without it, the next half-day (INC-3).
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"outcome": "reached", "note": ""}]})

    outcome: Line
    note: Text | None = None
    follow_up_on: date | None = None
    follow_up_half: Literal["morning", "afternoon"] | None = None


@router.get("", responses=documented(400, 401, 403))
async def list_tasks(
    services: Service,
    caller: TaskHolder,
    siren: Annotated[SirenText | None, Query()] = None,
    assignee: Annotated[AgentName | None, Query()] = None,
    status: Annotated[Literal["open", "done", "cancelled"] | None, Query()] = None,
    due_before: Annotated[datetime | None, Query(description="In the organisation's zone without an offset.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Tasks:
    """The organisation's tasks, the most urgent first; to a mediator, the mediations that are not about him or her."""
    zone = services.zone(caller.organisation)
    due_before = due_before and localised(due_before, zone, "/query/due_before")
    filters = Filters(siren, assignee, status, due_before, *_own_kind(caller))
    after = _after(cursor)
    async with as_organisation(services.engine, caller.organisation) as connection:
        if siren:
            await check_own(connection, caller, siren)
        rows = await page(connection, caller.organisation, filters, after, limit + 1)
    rows, last = cut(rows, limit)
    following = cursors.encode(last.due_at.isoformat(), last.id) if last else None
    return Tasks(items=shown([_shown(row, zone) for row in rows]), next_cursor=following)


def _own_kind(caller: Caller) -> tuple[str | None, str | None]:
    return (MEDIATION, caller.agent) if caller.role == "mediator" else (None, None)


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    due_at, task = cursors.decode(cursor, 2)
    try:
        return datetime.fromisoformat(due_at).astimezone(UTC), UUID(task)
    except (ValueError, OverflowError):
        raise cursors.refused() from None


def _shown(row: Row[Any], zone: ZoneInfo) -> Task:
    instants = {name: getattr(row, name) for name in ("due_at", "opened_at", "done_at")}
    local = {name: instant and instant.astimezone(zone) for name, instant in instants.items()}
    return Task(**{name: value for name, value in row._mapping.items() if name in Task.model_fields} | local)


@router.post("/{task_id}/done", responses=documented(400, 401, 403, 404, 409, 413))
async def finish_task(task_id: UUID, done: Done, services: Service, caller: TaskHolder) -> Task:
    """Say how a task ended; saying the same again changes nothing, saying otherwise is a 409.

    Agents end neither the supervisor's tasks nor mediations, mediators nothing but mediations, and nobody one about
    his or her own work. A `foreign_account` (ENR-7) ends with `transfer` or `keep`: the journey moves once both
    supervisors said `transfer`, or an administrator of the organisation that follows it.
    """
    async with as_organisation(services.engine, caller.organisation) as connection:
        task = await _owned(connection, task_id, caller)
        if task.status != "done":
            await _refuse_a_tick(connection, task)
            at = await _clock(connection, task.siren)
            again_by = await _again_by(services, connection, caller, task, done, at)
            task = await _ended(connection, task, done, caller, at, again_by)
        elif (task.outcome, task.note) != (done.outcome, done.note):
            raise Problem(409, "This task is already done, with another outcome: read it again.")
    return _shown(task, services.zone(caller.organisation))


async def _refuse_a_tick(connection: AsyncConnection, task: Row[Any]) -> None:
    """What was promised in writing, or is a deed, ends by it (ASK-2)."""
    stored = await journeys.read(connection, task.siren)
    owed = owed_deed(stored.journey, task.key) if stored and task.status == "open" else None
    if owed:
        raise Problem(409, owed, rule="ASK-2")


async def _owned(connection: AsyncConnection, task_id: UUID, caller: Caller) -> Row[Any]:
    task = await lock(connection, task_id)
    if task and task.organisation == caller.organisation:
        if objection := objection_to(in_hand(task), caller.role, caller.agent):
            raise Problem(403, OBJECTIONS[objection])
        return task
    if task or await holder(connection, tasks, id=task_id):
        raise Problem(403, "This task belongs to another organisation: use one of its tokens.")
    raise Problem(404, "No such task: take its id from /v1/tasks.")


async def _again_by(
    services: Services, connection: AsyncConnection, caller: Caller, task: Row[Any], done: Done, now: datetime
) -> datetime | None:
    """When to have called again, if the agent chose; raises a 400 problem for a day that will not do (INC-3)."""
    if done.follow_up_on is None:
        if done.follow_up_half is None:
            return None
        raise _wrong_day("Say the day of this half too.")
    day, half = done.follow_up_on, done.follow_up_half
    journey = (await open_dossier(services, connection, caller, task.siren)).journey
    world = (await services.rulebook(connection)).world(journey, now)
    unfit = why_not_again(journey, task.key, done.outcome, day, half, world)
    if unfit:
        raise _wrong_day(UNFIT[unfit].format(last=last_day(world)))
    return end_of_half(day, half, world)


def _wrong_day(why: str) -> Problem:
    fault = Fault("/follow_up_on", why)
    return Problem(400, "Correct what `errors` names and send it again.", rule="INC-3", errors=[fault])


async def _ended(
    connection: AsyncConnection, task: Row[Any], done: Done, caller: Caller, at: datetime, again_by: datetime | None
) -> Row[Any]:
    by, role = caller.name, caller.role
    try:
        return await end_task(
            connection, task, outcome=done.outcome, note=done.note, by=by, role=role, at=at, again_by=again_by
        )
    except Refused as refusal:
        fault = Fault("/outcome", str(refusal))
        raise Problem(400, "Correct what `errors` names and send it again.", errors=[fault]) from None


async def _clock(connection: AsyncConnection, siren: str) -> datetime:
    """Now, for the journey the task belongs to."""
    place = (await places(connection, [siren])).get(siren)
    return datetime.now(UTC) + (place.ahead if place else timedelta())
