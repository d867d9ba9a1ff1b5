"""What people wrote: kept once, taken back when its request was refused, and only what that request wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db import notes, tables
from db.engine import make_engine
from db.notes import Kept

SIREN, OTHER_SIREN = "732829320", "552100554"
WRITTEN = {"siren": SIREN, "organisation": "a", "subject": "x", "author": "b", "text": "x"}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


async def _kept(engine: AsyncEngine, operation: UUID, **changes: str) -> Kept:
    async with engine.begin() as connection:
        return await notes.keep(connection, operation=operation, **{**WRITTEN, **changes})


async def _ids(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return {str(it) for it in await connection.scalars(select(tables.notes.c.id))}


async def test_what_a_refused_request_said_is_taken_back(engine: AsyncEngine) -> None:
    await notes.forget(engine, await _kept(engine, uuid4()))
    assert await _ids(engine) == set()


async def test_a_text_that_was_there_stays_when_its_request_is_repeated_and_refused(engine: AsyncEngine) -> None:
    """The journey no longer remembers that it had accepted it."""
    operation = uuid4()
    first, again = await _kept(engine, operation), await _kept(engine, operation)
    await notes.forget(engine, again)
    assert (first.id, first.new, again.new) == (again.id, True, False)
    assert await _ids(engine) == {first.id}


@pytest.mark.parametrize("name", sorted(WRITTEN))
async def test_an_operation_is_another_one_for_whoever_and_whatever_else(engine: AsyncEngine, name: str) -> None:
    first = await _kept(engine, uuid4())
    changes: dict[str, Any] = {name: OTHER_SIREN if name == "siren" else "other"}
    other = await _kept(engine, UUID(first.id), **changes)
    await notes.forget(engine, other)
    assert other.new
    assert await _ids(engine) == {first.id}


async def test_a_text_is_read_for_its_own_enterprise_alone(engine: AsyncEngine) -> None:
    note = await _kept(engine, uuid4())
    async with engine.connect() as connection:
        assert await notes.read(connection, SIREN, [note.id]) == {note.id: "x"}
        assert await notes.read(connection, OTHER_SIREN, [note.id]) == {}
