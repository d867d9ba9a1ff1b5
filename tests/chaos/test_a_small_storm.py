"""A small part of `make chaos`, at every test run."""

from __future__ import annotations

from tests.chaos.plan import Plan
from tests.chaos.running import OURS, storm

SMALL = Plan(enterprises=6, seed=3, mornings=3, minutes=0.4, deaths=6, hurried=True)
"""Bounded by time and deaths, and patient for seconds: the verdict comes in about a minute on a slow machine too."""


async def test_nothing_is_lost_nothing_doubled_when_everything_dies_at_random() -> None:
    outcome = await storm(SMALL, say=print)
    assert outcome.verdict.wrong == []
    assert outcome.toll.keys() >= {*OURS, "postgres", "temporal"}
    assert outcome.work.moved
    assert sum(outcome.verdict.ends.values()) >= SMALL.enterprises * SMALL.mornings
