"""Cases and commitments of a journey, as rows that can be found by id and added up."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from db import cases
from db.cases import CaseRow
from domain.cases import Appointment, Incident, Plan
from domain.state import Journey

Case = TypeVar("Case")


async def project(connection: AsyncConnection, before: Journey, after: Journey) -> None:
    """Write what changed between two states."""
    rows = [_incident(after, it) for it in _changed(before.incidents, after.incidents)]
    rows += [_plan(after, it) for it in _changed(before.plans, after.plans)]
    rows += [_appointment(after, it) for it in _changed(before.appointments, after.appointments)]
    await cases.put(connection, rows)
    changed = _changed(before.commitments, after.commitments)
    await cases.put_commitments(connection, after.siren, after.organisation, changed)


def is_projected(before: Journey, after: Journey) -> bool:
    """Whether no case or commitment changed."""
    kinds = ("incidents", "plans", "appointments", "commitments")
    return all(getattr(after, kind) == getattr(before, kind) for kind in kinds)


def _changed(before: dict[str, Case], after: dict[str, Case]) -> list[Case]:
    return [it for key, it in after.items() if before.get(key) != it]


def _incident(journey: Journey, it: Incident) -> CaseRow:
    place = (journey.siren, journey.organisation, "incident", it.kind)
    return CaseRow(it.id, *place, str(it.status), it.opened_at, it.closed_at)


def _plan(journey: Journey, it: Plan) -> CaseRow:
    asked_by = it.requested_by if it.requested_by in ("enterprise", "accountant") else "agent"
    place = (journey.siren, journey.organisation, "plan", asked_by)
    return CaseRow(it.id, *place, str(it.status), it.requested_at, it.ended_at)


def _appointment(journey: Journey, it: Appointment) -> CaseRow:
    place = (journey.siren, journey.organisation, "appointment", it.kind)
    return CaseRow(it.id, *place, str(it.status), it.offered_at, it.closed_at)
