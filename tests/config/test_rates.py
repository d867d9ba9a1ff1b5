from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.rates import MINUTE, Meter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_use_all_its_requests_at_once_then_waits() -> None:
    meter = Meter(3, Clock())
    assert [meter.take("a").left for _ in range(3)] == [2, 1, 0]
    assert meter.take("a").headers == {
        "RateLimit-Limit": "3",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "60",
        "Retry-After": "20",
    }
    assert meter.take("b").wait == 0


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=100))
def test_whatever_its_rhythm_a_client_gets_its_burst_and_its_rate_and_no_more(limit: int, pauses: list[float]) -> None:
    clock = Clock()
    meter, passed = Meter(limit, clock), 0
    for pause in pauses:
        clock.now += pause
        passed += meter.take("a").wait == 0
    assert passed <= limit + clock.now * limit / MINUTE + 1e-6


@given(st.integers(1, 50), st.integers(1, 60))
def test_after_the_seconds_it_was_told_to_wait_a_client_passes(limit: int, tries: int) -> None:
    clock = Clock()
    meter = Meter(limit, clock)
    for _ in range(limit + tries):
        refused = meter.take("a")
    clock.now += refused.wait
    assert meter.take("a").wait == 0


def test_looking_takes_nothing() -> None:
    meter = Meter(1, Clock())
    assert [meter.take("a", cost=0).wait for _ in range(5)] == [0] * 5
    assert meter.take("a").wait == 0
