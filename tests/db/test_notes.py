"""What people wrote: kept once, taken back when its request was refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db import notes, tables
from db.engine import make_engine


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


async def _kept(engine: AsyncEngine, note_id: UUID) -> Any:
    async with engine.begin() as connection:
        return await notes.keep(
            connection, siren="732829320", organisation="a", subject="x", author="b", text="x", note_id=note_id
        )


async def _forgotten(engine: AsyncEngine, note: str) -> bool:
    await notes.forget(engine, note)
    async with engine.begin() as connection:
        return not await notes.read(connection, [note])


async def test_what_a_refused_request_said_is_taken_back(engine: AsyncEngine) -> None:
    assert await _forgotten(engine, await _kept(engine, uuid4()))


async def test_a_text_of_long_ago_stays_when_its_request_is_repeated_and_refused(engine: AsyncEngine) -> None:
    """The journey no longer remembers that it had accepted it."""
    note = await _kept(engine, uuid4())
    async with engine.begin() as connection:
        await connection.execute(update(tables.notes).values(at=func.now() - notes.LATELY - timedelta(seconds=1)))
    assert await _kept(engine, UUID(note)) == note
    assert not await _forgotten(engine, note)
