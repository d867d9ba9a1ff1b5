"""Files as they are opened, by a connection that row-level security does not hold back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.accesses import Access
from db.alone import Alone
from db.engine import make_engine
from db.opening import JOURNEY, MESSAGES, TIMELINE
from db.tables import accesses
from tests.db.rows import fill

A, B = "urssaf-a", "urssaf-b"
SIREN = "732829320"


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A file of one organisation, and the owner of its tables."""
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        await fill(connection, A, SIREN)
        yield connection
    await engine.dispose()


@pytest.mark.parametrize("statement", [JOURNEY, TIMELINE, MESSAGES], ids=["journey", "timeline", "messages"])
async def test_a_file_is_opened_for_its_organisation_alone_and_so_is_its_line(
    owner: AsyncConnection, statement: Alone
) -> None:
    driver: Any = (await owner.get_raw_connection()).driver_connection
    before = await owner.scalar(select(func.count()).select_from(accesses))
    rows = {it: await statement.run(driver, vars(Access(it, "x", "agent", "read", SIREN))) for it in (A, B)}
    assert (len(rows[A]), len(rows[B])) == (1, 0)
    assert await owner.scalar(select(func.count()).select_from(accesses)) == before + 1
