"""What an organisation writes for all its enterprises, meetings and letters: its own rows, refusals as problems."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Caller
from api.problems import Problem
from api.services import Services
from db.refusals import Refused, Unknown
from db.tenancy import as_organisation, holder


@asynccontextmanager
async def own_rows(services: Services, caller: Caller, table: Table, rule: str) -> AsyncIterator[AsyncConnection]:
    """A transaction of the caller's organisation; raises a 409 with the rule, a 404, or a 403 for another's row."""
    async with as_organisation(services.engine, caller.organisation) as connection:
        try:
            yield connection
        except Refused as refusal:
            raise Problem(409, str(refusal), rule=rule) from None
        except Unknown as unknown:
            kind = table.name.removesuffix("s")
            if await holder(connection, table, id=str(unknown)):
                raise Problem(403, f"This {kind} belongs to another organisation: use one of its tokens.") from None
            raise Problem(404, f"No such {kind}: list them at /v1/{table.name}.") from None
