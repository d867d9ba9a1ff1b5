"""What families owe is remembered while nothing they read has changed: the lives are those of asking them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import simulation
from domain.destiny import destiny
from domain.population import Habits, Scenario, invent
from domain.rulebook import Rulebook
from domain.rules.enrolment import candidate
from domain.simulation import Moment, live, simulate
from domain.state import Journey
from domain.step import ask, next_wake
from domain.watching import Memory, Notes, Watched, bits
from tests.domain.rules.life import IDF, MODEST, POLICIES, RHONE, RULEBOOK

SHARES = st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))
HALVES = st.sampled_from((0.0, 0.2, 0.5))
HABITS = st.builds(
    Habits,
    accountant=SHARES,
    quarterly=SHARES,
    phone=SHARES,
    confirms=SHARES,
    grows=SHARES,
    closes=SHARES,
    early=HALVES,
    late=HALVES,
    incident=SHARES,
    plan=HALVES,
    pays_later=HALVES,
    extension=SHARES,
    accepted=HALVES,
    countered=HALVES,
    kept=SHARES,
    books=SHARES,
    contribution=st.sampled_from((2, 620)),
)
RULEBOOKS = st.sampled_from(
    (
        RULEBOOK,
        Rulebook.of(dict.fromkeys((IDF, RHONE), POLICIES[RHONE])),
        Rulebook.of({name: replace(it, reminder_lead_days=9, hold_days=2) for name, it in POLICIES.items()}),
    )
)


class Forgetful:
    """Asks every family at every pass."""

    wake = staticmethod(next_wake)
    ask = staticmethod(ask)


def plainly(told: Scenario, rank: int, rulebook: Rulebook) -> list[Moment]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "Memory", Forgetful)
        return list(live(invent(told, rank), rulebook, told.end))


@MODEST
@given(st.integers(0, 10**6), HABITS, RULEBOOKS, st.integers(0, 10**6))
def test_a_remembered_life_is_the_life_of_asking_every_family(
    seed: int, habits: Habits, rulebook: Rulebook, rank: int
) -> None:
    told = Scenario(1, 30, date(2027, 1, 1), (IDF, RHONE), POLICIES[IDF].calendar, seed, habits)
    assert list(live(invent(told, rank), rulebook, told.end)) == plainly(told, rank, rulebook)


def opened() -> Journey:
    return candidate(invent(Scenario(1, 12, date(2027, 1, 1), (IDF,), POLICIES[IDF].calendar), 0).opening)


def held(read: Any, **changes: Any) -> bool:
    """Whether what ``read`` saw of a journey still stands once some of its fields changed."""
    notes, journey = Notes(), opened().but(done={"a": datetime.min})
    read(Watched(journey, notes))
    changed = journey.but(**changes)
    return notes.close(()).hold(bits(changes), changed, RULEBOOK.world(changed, changed.announced_at))


@pytest.mark.parametrize(
    ("read", "changes"),
    [
        (lambda it: it.headcount, {"headcount": 99}),
        (lambda it: it.is_open, {"phase": None}),
        (lambda it: it.but(headcount=3).extensions, {"extensions": 1}),
        (lambda it: "b" in it.done, {"done": {"b": datetime.min}}),
        (lambda it: it.done["a"], {"done": {}}),
        (lambda it: it.done.values(), {"done": {"b": datetime.min}}),
        (lambda it: bool(it.incidents), {"incidents": {"i": None}}),
    ],
)
def test_what_was_read_and_changed_is_asked_again(read: Any, changes: Mapping[str, Any]) -> None:
    assert not held(read, **changes)


@pytest.mark.parametrize(
    ("read", "changes"),
    [
        (lambda it: it.headcount, {"extensions": 1}),
        (lambda it: it.but(headcount=3).headcount, {"headcount": 99}),
        (lambda it: "b" in it.done, {"done": {"c": datetime.min}}),
    ],
)
def test_what_was_not_read_may_change(read: Any, changes: Mapping[str, Any]) -> None:
    assert held(read, **changes)


def test_a_clock_that_goes_back_forgets_everything() -> None:
    memory, journey = Memory(), opened()
    later = RULEBOOK.world(journey, journey.announced_at + timedelta(days=400))
    earlier = RULEBOOK.world(journey, journey.announced_at)
    assert memory.wake(journey, later) == next_wake(journey, later)
    assert memory.ask(journey, earlier)[1] == ask(journey, earlier)[1]


@MODEST
@given(st.integers(0, 10**6), HABITS, RULEBOOKS)
def test_the_tally_is_that_of_asking_every_family(seed: int, habits: Habits, rulebook: Rulebook) -> None:
    told = Scenario(6, 18, date(2027, 1, 1), (IDF, RHONE), POLICIES[IDF].calendar, seed, habits)
    remembered = simulate(told, rulebook, range(6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "Memory", Forgetful)
        assert simulate(told, rulebook, range(6)) == remembered


@MODEST
@given(st.integers(0, 10**6), HABITS, st.integers(0, 30))
def test_what_is_not_invented_past_the_end_would_not_have_arrived(seed: int, habits: Habits, months: int) -> None:
    told = Scenario(1, 36, date(2027, 1, 1), (IDF,), POLICIES[IDF].calendar, seed, habits)
    enterprise, end = invent(told, 0), replace(told, months=months + 1).end
    arrived = [it for it in destiny(enterprise) if it.at < end]
    assert [it for it in destiny(enterprise, end) if it.at < end] == arrived
