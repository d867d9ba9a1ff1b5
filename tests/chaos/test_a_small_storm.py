"""A small part of `make chaos`, at every test run."""

from __future__ import annotations

from tests.chaos.running import storm


async def test_nothing_is_lost_nothing_doubled_when_everything_dies_at_random() -> None:
    outcome = await storm(enterprises=4, seed=3, say=print)
    assert outcome.verdict.wrong == []
    assert outcome.toll
    assert sum(outcome.verdict.ends.values()) >= 4 * 3
