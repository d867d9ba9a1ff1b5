"""ASK-1, MED-1: a problem told is answered in writing, and no mediation."""

from __future__ import annotations

import pytest

from domain.effects import Queue
from domain.requests import Ask
from domain.rules.answers import owed_deed, requests_of
from tests.domain.rules.incident_life import ask, commitments, proceeding, young


@pytest.mark.parametrize("under_way", [None, "audit", "appeal"])
def test_a_problem_is_acknowledged_and_owed_a_written_answer_whatever_is_under_way(under_way: str | None) -> None:
    life = young()
    if under_way:
        life.tell(proceeding("2026-11-17 09:00", under_way, opened=True))
    reply = ask(life, "2026-11-18 09:00", Ask.PROBLEM, note="n")
    assert (reply.status, life.tasks("MED-1"), life.messages("MED-1")) == (201, [], [])
    (task,), (letter,) = life.tasks("ASK-1"), life.messages("ASK-1")
    assert (task.queue, letter.template, letter.immediate) == (Queue.REFERENT, "problem_received", True)
    assert "ASK-2" in (owed_deed(life.journey, task.key) or "")
    [asked] = requests_of(life.journey)
    assert (asked.kind, asked.id) == ("problem", reply.data["id"])
    assert ask(life, "2026-11-18 15:00", Ask.ANSWER, request=asked.id, note="a").status == 200
    assert len(commitments(life, "request")) == 1


def test_a_problem_told_again_is_added_and_a_mediation_stands_beside_it() -> None:
    life = young()
    first, again = (ask(life, f"2026-11-18 0{hour}:00", Ask.PROBLEM, note="n") for hour in (8, 9))
    assert again.data == first.data
    assert ask(life, "2026-11-18 10:00", Ask.MEDIATION, note="n").status == 201
    assert [it.template for it in life.messages("ASK-1")] == ["problem_received"]
    assert [it.template for it in life.messages("MED-1")] == ["mediation_received"]
    assert sorted(it.kind for it in requests_of(life.journey)) == ["mediation", "problem"]
