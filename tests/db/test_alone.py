"""Statements compiled once and sent by the driver itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Text, bindparam, func, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.alone import Alone
from db.codec import AFTER_HEAD, dump_journey, load_glimpse, load_journey
from db.engine import make_engine
from db.tables import journeys
from db.tenancy import OwnRows
from domain.state import CloseReason, Contribution, Journey
from tests.db.rows import fill

A, SIREN = "urssaf-a", "732829320"
ONE = Alone.of(select(journeys, literal("said").label("word")).where(journeys.c.siren == bindparam("siren")))
TOO_LONG = Alone.of(select(func.length(bindparam("text", type_=Text)) + literal(2**31 - 1)))


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[OwnRows]:
    """A journey of one organisation, and connections of its own."""
    engine: AsyncEngine = make_engine(database_url)
    async with engine.begin() as connection:
        await fill(connection, A, SIREN)
    yield OwnRows(engine)
    await engine.dispose()


async def test_a_row_has_its_columns_as_attributes(rows: OwnRows) -> None:
    [row] = await rows.run(A, ONE, {"siren": SIREN})
    assert (row.siren, row.organisation, row.word) == (SIREN, A, "said")
    assert datetime.now(UTC) - row.created_at < timedelta(hours=1)
    assert not hasattr(row, "nothing_of_the_kind")


async def test_what_is_not_there_is_no_row(rows: OwnRows) -> None:
    assert list(await rows.run(A, ONE, {"siren": "552100554"})) == []


async def test_a_statement_that_fails_does_not_repeat_what_it_was_given(rows: OwnRows) -> None:
    with pytest.raises(DBAPIError, match="integer out of range") as raised:
        await rows.run(A, TOO_LONG, {"text": "camille@example.org"})
    assert "camille" not in str(raised.value)
    assert not raised.value.connection_invalidated


def test_a_glimpse_of_the_head_says_what_the_whole_state_says() -> None:
    opened_on = datetime(2026, 1, 5, tzinfo=UTC)
    contributions = {it: Contribution("117", it) for it in ("2026-01", "2026-02")}
    journey = Journey(
        SIREN,
        A,
        "117",
        opened_on.date(),
        opened_on,
        headcount=7,
        extensions=2,
        close_reason=CloseReason.TERM,
        answered={"x": {"contributions": {}}},
    )
    for whole in (journey, journey.but(contributions=contributions), journey.but(close_reason=None)):
        state = dump_journey(whole)
        glimpse = load_glimpse(state.split(AFTER_HEAD, 1)[0])
        assert load_journey(state) == whole
        assert vars(glimpse) == {name: getattr(whole, name) for name in vars(glimpse)}
