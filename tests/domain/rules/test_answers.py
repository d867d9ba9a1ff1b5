"""ASK-2: what was asked is answered in writing; the clock stops when the answer has left, never by a tick."""

from __future__ import annotations

from typing import Any

import pytest

from domain.effects import CloseTask
from domain.facts import AnswerLeft
from domain.requests import Ask, Reply
from domain.rules.answers import owed_deed, request_named, requests_of
from tests.domain.rules.happenings import opened, paid, stamp
from tests.domain.rules.incident_life import PERIOD, ask, ask_for_plan, commitments, done, refund, unpaid, young
from tests.domain.rules.life import Life


def refunded() -> Life:
    return young().tell(refund("2026-11-18 09:00"))


def mediated() -> Life:
    life = young()
    ask(life, "2026-11-18 09:00", Ask.MEDIATION, note="n")
    return life


def called_for() -> Life:
    life = Life(opened("2026-10-01", accountant=True)).until("2026-11-17 08:00")
    ask(life, "2026-11-18 09:00", Ask.APPOINTMENT, kind="other", format="phone")
    return life


ASKED = {"refund": refunded, "mediation": mediated}


def answer(life: Life, at: str, request: str | None = None) -> Reply:
    known = request or next(requests_of(life.journey)).id
    return ask(life, at, Ask.ANSWER, request=known, note="note-1")


def left(life: Life, at: str) -> None:
    [given] = life.journey.answers.values()
    life.tell(AnswerLeft(**stamp(at), request=given.request))


def promise(life: Life) -> Any:
    [known] = [it for kind in ("refund", "request") for it in commitments(life, kind)]
    return known


@pytest.mark.parametrize("kind", ASKED)
def test_a_tick_meets_no_promise_of_an_answer(kind: str) -> None:
    life = ASKED[kind]()
    assert "ASK-2" in (owed_deed(life.journey, promise(life).subject) or "")
    life.tell(done("2026-11-18 15:00", promise(life).subject)).until("2026-11-21")
    assert promise(life).met_at is None
    assert promise(life).breached_at is not None


@pytest.mark.parametrize("kind", ASKED)
def test_the_clock_stops_when_the_written_answer_has_left(kind: str) -> None:
    life = ASKED[kind]()
    key = promise(life).subject
    assert request_named(life.journey, key) == next(requests_of(life.journey)).id
    assert answer(life, "2026-11-18 15:00").status == 200
    [letter] = life.messages("ASK-2")
    assert (letter.template, letter.facts["note"], letter.immediate, letter.copy_accountant) == (
        "request_answer",
        "note-1",
        True,
        True,
    )
    assert promise(life).met_at is None
    left(life, "2026-11-18 15:01")
    assert promise(life).met_at is not None
    assert owed_deed(life.journey, key) is None
    assert [it.effect.key for it in life.of(CloseTask) if isinstance(it.effect, CloseTask)].count(key) == 1
    assert promise(life.until("2026-11-25")).breached_at is None


def test_two_answers_to_one_request_are_one_answer_and_a_refusal() -> None:
    life = mediated()
    assert [answer(life, f"2026-11-18 1{hour}:00").status for hour in (5, 6)] == [200, 409]
    assert len(life.messages("ASK-2")) == 1


def test_an_unknown_request_is_not_found() -> None:
    assert answer(mediated(), "2026-11-18 15:00", "unknown").status == 404


def test_the_decision_on_a_remission_is_written() -> None:
    life = unpaid().tell(paid("2026-11-20", PERIOD, "1000"))
    [task] = life.tasks("INC-8")
    assert "ASK-2" in (owed_deed(life.journey, task.key) or "")
    assert answer(life, "2026-11-23", request_named(life.journey, task.key)).status == 200
    assert [on for on, _ in life.needless("INC-8")] == ["2026-11-23"]
    assert owed_deed(life.journey, task.key) is None


def test_a_plan_s_decision_is_what_ends_its_task() -> None:
    life = unpaid()
    ask_for_plan(life, "2026-11-19", ("2026-12-01", "500"), ("2027-01-04", "500"))
    [task] = life.tasks("PLN-4")
    assert "ASK-2" in (owed_deed(life.journey, task.key) or "")


def test_an_appointment_asked_for_without_slot_may_be_answered_in_writing() -> None:
    life = called_for()
    assert [it.kind for it in requests_of(life.journey)] == ["appointment"]
    assert answer(life, "2026-11-18 15:00").status == 200
