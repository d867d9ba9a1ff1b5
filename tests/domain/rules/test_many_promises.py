"""SVC-1: a file may hold hundreds of promises; each is recorded at its own instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import Publish
from domain.forecast import forecast
from domain.promises import Commitment
from domain.rules import commitments
from domain.state import Journey
from domain.step import step
from tests.domain.rules.happenings import opened
from tests.domain.rules.life import MODEST, RULEBOOK, Life

LIFE = Life(opened("2026-11-02")).until("2026-11-20 10:00")
NOW = LIFE.now


def promising(minutes: list[int]) -> Journey:
    """Promises of an answer, each due in so many minutes."""
    made = (
        Commitment(f"request:{rank}", "request", "MED-1", str(rank), NOW, NOW + timedelta(minutes=due))
        for rank, due in enumerate(minutes)
    )
    return LIFE.journey.but(commitments={it.id: it for it in made})


def signalled(journey: Journey) -> list[tuple[datetime, str]]:
    ahead = forecast(journey, NOW, RULEBOOK)
    return [(it.at, it.effect.data["subject"]) for it in ahead if isinstance(it.effect, Publish)]


@MODEST
@given(st.lists(st.integers(1, 3_000), max_size=25))
def test_each_promise_is_broken_at_its_instant_in_the_order_they_were_made(minutes: list[int]) -> None:
    due = [(NOW + timedelta(minutes=it), str(rank)) for rank, it in enumerate(minutes)]
    assert signalled(promising(minutes)) == sorted(due, key=lambda it: it[0])


@MODEST
@given(st.lists(st.integers(-3_000, 3_000), max_size=25))
def test_what_is_late_is_recorded_at_once_and_wakes_for_the_next(minutes: list[int]) -> None:
    decision = step(promising(minutes), (), NOW, RULEBOOK)
    broken = {it.effect.data["subject"] for it in forecast(promising(minutes), NOW, RULEBOOK) if published(it)}
    assert broken == {str(rank) for rank in range(len(minutes))}
    told = {it.data["subject"] for it in decision.effects if isinstance(it, Publish)}
    assert told == {str(rank) for rank, due in enumerate(minutes) if due <= 0}
    ahead = [NOW + timedelta(minutes=due) for due in minutes if due > 0]
    assert decision.wake_at is not None
    assert all(decision.wake_at <= it for it in ahead)


def published(ahead: object) -> bool:
    return isinstance(getattr(ahead, "effect", None), Publish)


@pytest.mark.parametrize("due", [60, -60])
def test_of_hundreds_of_promises_a_look_makes_one_duty(due: int) -> None:
    journey = promising([due + rank for rank in range(500)])
    world = RULEBOOK.world(journey, NOW)
    assert [it.key for it in commitments.duties(journey, world)] == [
        f"SVC-1:request:0:{(NOW + timedelta(minutes=due)).isoformat()}"
    ]


def test_a_promise_already_told_broken_hides_no_other() -> None:
    journey = promising([5, 10])
    first, second = journey.commitments.values()
    done = {f"SVC-1:{first.id}:{first.due_at.isoformat()}": NOW}
    assert signalled(journey.but(done={**journey.done, **done})) == [(second.due_at, second.subject)]
