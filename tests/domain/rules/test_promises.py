"""SVC-1: promises are elapsed hours, whatever the holidays; agents are warned in working time, before the mark."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import OpenTask
from domain.promises import Commitment
from domain.requests import Ask
from tests.domain.rules.happenings import PARIS, due, instant, opened
from tests.domain.rules.life import MODEST, Life
from tests.domain.rules.planning import plan, request, rows


def asking(at: str) -> Life:
    """A firm that asks for a plan at an instant and that nobody answers."""
    on = instant(at)
    day = (on + timedelta(days=40)).date()
    life = Life(opened(str((on - timedelta(days=60)).date())))
    life.tell(due(str((on - timedelta(days=1)).date()), f"{on:%Y-%m}", str(day), "900"))
    drawn = rows([(str(day), "400"), (str(day + timedelta(days=30)), "500")])
    asked = request(life, at, Ask.PLAN, period=f"{on:%Y-%m}", instalments=drawn, note=None, by="enterprise")
    assert asked.status == 201, asked.detail
    return life


def clock(life: Life) -> Commitment:
    return life.journey.commitments[f"plan_answer:{plan(life).id}"]


def warnings(life: Life) -> list[str]:
    """When agents were told that an answer is soon late."""
    found = [it for it in life.of(OpenTask, "PLN-4") if getattr(it.effect, "summary", "").startswith("Réponse bientôt")]
    return [f"{it.at.astimezone(PARIS):%Y-%m-%d %H:%M}" for it in found]


HOLIDAYS = [
    # Thursday 24 December, then Christmas, a Friday: the marks fall on Saturday and Sunday.
    ("2026-12-24 16:00", "2026-12-27 16:00", ["2026-12-24 17:30", "2026-12-24 17:30"]),
    # Monday 9 November: the mark of 48 hours is on Armistice Day, a Wednesday; that of 66 is before Thursday's opening.
    ("2026-11-09 10:00", "2026-11-12 10:00", ["2026-11-10 17:30", "2026-11-10 17:30"]),
    # Good Friday, worked: the summer hour comes on Sunday, the marks on Easter Sunday and Monday.
    ("2027-03-26 16:00", "2027-03-29 17:00", ["2027-03-26 17:30", "2027-03-26 17:30"]),
    # Wednesday before the Ascension: its Friday is worked, and the mark of 66 hours is on Saturday.
    ("2027-05-05 09:00", "2027-05-08 09:00", ["2027-05-07 09:00", "2027-05-07 17:30"]),
]


@pytest.mark.parametrize(("asked", "due_at", "warned"), HOLIDAYS)
def test_the_answer_is_due_after_72_elapsed_hours_and_warned_of_before_the_holidays(
    asked: str, due_at: str, warned: list[str]
) -> None:
    life = asking(asked)
    assert clock(life).due_at == instant(due_at)
    life.until(clock(life).due_at - timedelta(minutes=1))
    assert (warnings(life), clock(life).breached_at) == (warned, None)
    life.until(clock(life).due_at)
    assert clock(life).breached_at == instant(due_at)


@MODEST
@given(st.datetimes(datetime(2026, 3, 1), datetime(2028, 3, 1)))
def test_whatever_the_hour_nobody_is_warned_at_night_nor_after_the_mark(at: datetime) -> None:
    life = asking(f"{at:%Y-%m-%d %H:%M}")
    promised = clock(life).due_at
    started = clock(life).started_at
    assert promised.astimezone(UTC) - started.astimezone(UTC) == timedelta(hours=72)
    life.until(promised)
    calendar = life.rulebook.current["urssaf-idf"].calendar
    for warning in warnings(life):
        # A request made outside the window may already be past its last useful hour: it is told at once.
        assert calendar.is_open(instant(warning)) or warning == f"{started.astimezone(PARIS):%Y-%m-%d %H:%M}"
        assert instant(warning) < promised


def test_the_clock_stands_still_while_the_enterprise_owes_a_piece() -> None:
    life = asking("2026-12-22 10:00")
    key = plan(life).id
    request(life, "2026-12-23 10:00", Ask.MISSING_PIECE, plan=key, piece="cash_forecast", by="alice.martin")
    life.until("2027-01-04 10:00")
    assert (warnings(life), clock(life).breached_at) == ([], None)
    request(life, "2027-01-04 10:00", Ask.PIECE_RECEIVED, plan=key, piece="cash_forecast", by="alice.martin")
    assert clock(life).due_at == instant("2027-01-06 10:00")
    life.until("2027-01-06 10:00")
    assert warnings(life) == ["2027-01-05 10:00", "2027-01-05 17:30"]
    assert clock(life).breached_at == instant("2027-01-06 10:00")
