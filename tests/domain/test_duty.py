"""A duty carried out: in the sending window when it writes to somebody, and never by mistake outside it (COM-2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from domain.duty import Decided, Duty, World
from domain.effects import Effect, Purpose, Record, SendAgain, SendMessage
from domain.state import Channel, Journey
from tests.domain.rules.happenings import PARIS, opened
from tests.domain.rules.life import RULEBOOK, Life

NIGHT = datetime(2026, 3, 10, 22, tzinfo=PARIS)
MORNING = datetime(2026, 3, 11, 8, 30, tzinfo=PARIS)
LINE = Record(rule="POL-1", summary="Une ligne", label="phase")


def letter(**chosen: bool) -> SendMessage:
    return SendMessage(
        rule="REM-2",
        summary="Rappel",
        subject="s",
        template="due_reminder",
        purpose=Purpose.REMINDER,
        **chosen,
    )


def again(**chosen: bool) -> SendAgain:
    return SendAgain(rule="COM-3", summary="Autre canal", subject="s", channel=Channel.MAIL, **chosen)


def at_night() -> tuple[Journey, World]:
    journey = Life(opened("2026-03-02")).journey
    return journey, RULEBOOK.world(journey, NIGHT)


def act(effect: Effect, journey: Journey, _: World) -> Decided:
    return journey, (effect,)


def duty(effect: Effect, *, in_window: bool = False) -> Duty:
    return Duty(NIGHT, "key", partial(act, effect), in_window=in_window)


@pytest.mark.parametrize("effect", [letter(), again()])
def test_a_duty_that_writes_outside_the_window_by_mistake_is_refused(effect: Effect) -> None:
    with pytest.raises(ValueError, match="in_window"):
        duty(effect).carry_out(*at_night())


@pytest.mark.parametrize("effect", [letter(immediate=True), again(immediate=True), LINE])
def test_an_acknowledgement_and_what_writes_to_nobody_need_no_window(effect: Effect) -> None:
    _, effects = duty(effect).carry_out(*at_night())
    assert effects == (effect,)


def test_a_duty_in_the_window_waits_for_the_morning() -> None:
    _, world = at_night()
    assert duty(letter(), in_window=True).ready_at(world) == MORNING
    assert duty(LINE).ready_at(world) == NIGHT


def test_effects_known_beforehand_say_by_themselves_whether_they_wait_for_the_window() -> None:
    _, world = at_night()
    assert Duty.of(NIGHT, "key", (LINE, letter())).ready_at(world) == MORNING
    assert Duty.of(NIGHT, "key", (LINE, letter(immediate=True))).ready_at(world) == NIGHT


def test_what_is_too_late_is_done_at_once_and_says_why() -> None:
    journey, world = at_night()
    late = Duty(
        NIGHT - timedelta(days=2),
        "key",
        partial(act, letter()),
        until=NIGHT - timedelta(days=1),
        late=partial(act, LINE),
        in_window=True,
    )
    assert late.ready_at(world) == NIGHT
    assert late.carry_out(journey, world) == (journey, (LINE,))


def test_what_is_too_late_writes_to_nobody_at_night() -> None:
    late = Duty(NIGHT, "key", partial(act, LINE), until=NIGHT - timedelta(days=1), late=partial(act, letter()))
    with pytest.raises(ValueError, match="in_window"):
        late.carry_out(*at_night())
