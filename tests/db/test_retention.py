"""The table of what is kept how long names every column that may say something of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from db.retention.impersonal import EVERYWHERE, IMPERSONAL
from db.retention.periods import RULES

WORDS = ("text", "character varying", "json", "jsonb", "ARRAY", "bytea", "xml", "inet", "USER-DEFINED")
COLUMNS = text(
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND data_type = ANY(:words)"
)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


def personal() -> set[tuple[str, str]]:
    return {(rule.table.name, column) for rule in RULES for column in rule.columns}


async def stored(engine: AsyncEngine) -> set[tuple[str, str]]:
    """Every column that can hold words."""
    async with engine.connect() as connection:
        rows = await connection.execute(COLUMNS, {"words": list(WORDS)})
        return {(row.table_name, row.column_name) for row in rows}


async def unnamed(engine: AsyncEngine) -> set[tuple[str, str]]:
    named = personal() | set(IMPERSONAL)
    return {it for it in await stored(engine) if it[1] not in EVERYWHERE} - named


async def test_every_column_that_holds_words_has_a_period_or_a_reason_to_stay(engine: AsyncEngine) -> None:
    """A new one: give it a rule in db/retention/periods.py, or say in impersonal.py why it names nobody."""
    assert await unnamed(engine) == set()


@pytest.mark.parametrize("kind", ["text", "jsonb", "varchar(20)", "bytea", "text[]"])
async def test_a_new_column_of_words_is_noticed(engine: AsyncEngine, kind: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE commitments ADD COLUMN said {kind}"))
    assert await unnamed(engine) == {("commitments", "said")}


async def test_nothing_is_named_that_is_not_stored(engine: AsyncEngine) -> None:
    assert set(IMPERSONAL) - await stored(engine) == set()


def test_every_period_has_its_source_and_every_rule_its_own_subject() -> None:
    assert all(rule.period.source and rule.period.kept for rule in RULES)
    assert Counter(rule.subject for rule in RULES).most_common(1)[0][1] == 1


def test_what_counts_from_the_end_of_a_journey_is_found_by_its_enterprise() -> None:
    assert all("siren" in rule.table.c for rule in RULES if rule.since is None)
