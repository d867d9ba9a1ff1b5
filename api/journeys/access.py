"""One journey, for a caller of its own organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from fastapi import Request
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auditing import opened
from api.auth import Caller
from api.problems import Problem
from api.services import Services
from db.alone import Alone, Record
from db.codec import load_cases, load_journey
from db.opening import JOURNEY
from db.portfolio import find
from db.tables import journeys
from db.tenancy import as_organisation, holder
from domain.rulebook import Rulebook
from domain.rules.enrolment import refusal
from domain.state import Journey, Phase


@dataclass(frozen=True)
class Dossier:
    """A journey's row, with the name of the enterprise."""

    row: Record | Row[Any]

    @cached_property
    def journey(self) -> Journey:
        """Its state, decoded when first asked for."""
        return load_journey(self.row.state)

    @property
    def cases(self) -> Journey:
        """Its state as far as it is shown: for an answer, not for a rule."""
        return load_cases(self.row.state)

    @property
    def clock(self) -> datetime:
        """What time it is for it: now, plus what was skipped on a development server."""
        return datetime.now(UTC) + timedelta(seconds=self.row.ahead_seconds)


async def read_dossier(request: Request, services: Services, caller: Caller, siren: str) -> Dossier:
    """The journey, and who read it noted, in one exchange with the database; raises what `open_dossier` raises."""
    return Dossier((await read_file(request, services, caller, siren, JOURNEY))[0])


async def read_file(
    request: Request, services: Services, caller: Caller, siren: str, statement: Alone
) -> Sequence[Record]:
    """What a statement of `db.opening` reads of a journey, one row at least; raises what `open_dossier` raises."""
    # Once more for a journey that begins between the two looks.
    while not (rows := await opened(request, caller, statement, siren)):
        async with as_organisation(services.engine, caller.organisation) as connection:
            await open_dossier(services, connection, caller, siren)
    return rows


async def rulebook_of(services: Services, journey: Journey) -> Rulebook:
    """The policies its steps look at; an earlier version is read, unless it is the one in force (POL-2)."""
    current = Rulebook.of(services.policies)
    if (journey.organisation, journey.policy_version) in current.versions:
        return current
    async with as_organisation(services.engine, journey.organisation) as connection:
        return await services.rulebook(connection)


async def open_dossier(services: Services, connection: AsyncConnection, caller: Caller, siren: str) -> Dossier:
    """The journey; raises a 404 problem (with the reason for a candidate) or a 403 one."""
    row = await find(connection, siren)
    if row is None or row.organisation != caller.organisation:
        await check_own(connection, caller, siren)
        raise Problem(404, "No journey is known for this SIREN: send its account.opened event first.")
    dossier = Dossier(row)
    if row.phase == Phase.CANDIDATE:
        raise _not_enrolled(dossier, await services.rulebook(connection))
    return dossier


async def check_own(connection: AsyncConnection, caller: Caller, siren: str) -> None:
    """Raises a 403 problem for another organisation's enterprise."""
    if await holder(connection, journeys, siren=siren) not in (None, caller.organisation):
        raise Problem(403, "This enterprise belongs to another organisation: use one of its tokens.")


def _not_enrolled(dossier: Dossier, rulebook: Rulebook) -> Problem:
    reason = refusal(dossier.journey, rulebook.world(dossier.journey, dossier.clock))
    return Problem(404, f"Pas de parcours : {reason or 'il va commencer'}.", rule="ENR-1")
