"""Connections kept for single statements: confined to one organisation, whoever had them before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.alone import Alone
from db.engine import make_engine
from db.tables import journeys
from db.tenancy import OwnRows
from tests.db.rows import fill

A, B = "urssaf-a", "urssaf-b"
SIRENS = {A: "732829320", B: "552100554"}
SIRENS_SEEN = Alone.of(select(journeys.c.siren))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A journey of each of two organisations."""
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        for organisation, siren in SIRENS.items():
            await fill(connection, organisation, siren)
    yield engine
    await engine.dispose()


async def seen(rows: OwnRows, organisation: str) -> list[str]:
    return [row.siren for row in await rows.run(organisation, SIRENS_SEEN, {})]


async def test_each_organisation_sees_its_own_by_the_connection_the_other_just_used(engine: AsyncEngine) -> None:
    rows = OwnRows(engine)
    for organisation in (A, B, B, A):
        assert await seen(rows, organisation) == [SIRENS[organisation]]


async def test_organisations_that_read_at_once_do_not_mix(engine: AsyncEngine) -> None:
    rows = OwnRows(engine)
    asked = [A, B] * 20
    assert await asyncio.gather(*(seen(rows, it) for it in asked)) == [[SIRENS[it]] for it in asked]


async def test_a_statement_that_failed_leaves_the_connection_to_its_organisation(engine: AsyncEngine) -> None:
    rows = OwnRows(engine)
    with pytest.raises(DBAPIError):
        await rows.run(A, Alone.of(text("SELECT 1 / 0")), {})
    assert await seen(rows, A) == [SIRENS[A]]
    assert await seen(rows, B) == [SIRENS[B]]


async def test_a_reader_who_hangs_up_leaves_nothing_to_the_next(engine: AsyncEngine) -> None:
    rows = OwnRows(engine)
    for _ in range(5):
        reading = [asyncio.create_task(seen(rows, it)) for it in (A, B)]
        await asyncio.sleep(0)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        assert await seen(rows, A) == [SIRENS[A]]


async def test_a_connection_that_the_server_closed_is_replaced(engine: AsyncEngine) -> None:
    rows = OwnRows(engine)
    await seen(rows, A)
    async with engine.connect() as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        await connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"))
    await asyncio.sleep(0.1)
    assert await seen(rows, B) == [SIRENS[B]]


async def test_a_server_that_refuses_the_connection_is_told_by_its_code(engine: AsyncEngine) -> None:
    nowhere = make_engine(engine.url.set(database="nowhere").render_as_string(hide_password=False))
    with pytest.raises(DBAPIError) as raised:
        await seen(OwnRows(nowhere), A)
    assert getattr(raised.value.orig, "sqlstate", None) == "3D000"


async def test_what_is_written_for_another_organisation_is_refused(engine: AsyncEngine) -> None:
    theirs = Alone.of(journeys.update().values(organisation=B))
    with pytest.raises(DBAPIError, match="permission denied"):
        await OwnRows(engine).run(A, theirs, {})


async def test_its_connections_close_with_the_engine(engine: AsyncEngine) -> None:
    rows, mine = OwnRows(engine), select(func.count()).select_from(text("pg_stat_activity"))
    await seen(rows, A)
    await engine.dispose()
    async with engine.connect() as connection:
        confined = mine.where(text("query LIKE '%FROM journeys%' AND pid <> pg_backend_pid()"))
        here = confined.where(text("datname = current_database()"))
        assert await connection.scalar(here) == 0
