"""INC-12: the decision on a remission, told in writing once."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from domain.absorption import absorb
from domain.effects import Record
from domain.facts import RemissionDecided
from domain.rules.answers import is_answered, owed_deed, requests_of
from tests.domain.rules.happenings import ACCOUNT, paid, stamp
from tests.domain.rules.incident_life import PERIOD, detected, published, unpaid, young
from tests.domain.rules.life import Life


def decided(at: str, amount: str | None = "45", *, granted: bool = True, period: str = PERIOD) -> RemissionDecided:
    money = None if amount is None else Decimal(amount)
    return RemissionDecided(**stamp(at), account=ACCOUNT, period=period, granted=granted, amount=money)


def proposed() -> Life:
    return unpaid().tell(paid("2026-11-20", PERIOD, "1000"))


@pytest.mark.parametrize("granted", [True, False])
def test_a_decision_is_told_and_ends_the_task_of_its_proposal(granted: bool) -> None:
    life = proposed()
    [task] = life.tasks("INC-8")
    life.tell(decided("2026-11-25 09:00", granted=granted)).until("2026-12-01")
    [letter] = life.messages("INC-12")
    assert (letter.template, letter.copy_accountant, letter.critical) == ("remission_decided", True, True)
    assert {str(it) for it in letter.channels} == {"sms", "mail"}
    assert (letter.facts["granted"], letter.facts["remitted"]) == (granted, Decimal(45))
    assert [on for on, _ in life.needless("INC-8")] == ["2026-11-25"]
    assert owed_deed(life.journey, task.key) is None
    assert all(is_answered(life.journey, it) for it in requests_of(life.journey))
    words = "accordée : 45" if granted else "refusée"
    assert any(words in it.summary for it in life.lines if isinstance(it, Record))


def test_a_decision_told_again_is_told_once_and_another_one_is_told() -> None:
    life = proposed().tell(decided("2026-11-25"), decided("2026-11-26"), decided("2026-11-24")).until("2026-12-01")
    assert len(life.messages("INC-12")) == 1
    life.tell(decided("2026-12-02", granted=False)).until("2026-12-10")
    assert [it.facts["granted"] for it in life.messages("INC-12")] == [True, False]
    life.tell(decided("2026-12-11")).until("2026-12-20")
    assert [it.facts["granted"] for it in life.messages("INC-12")] == [True, False, True]


def test_a_decision_overtaken_by_a_later_one_is_not_told() -> None:
    life = proposed().tell(decided("2026-11-26", granted=False)).until("2026-12-01")
    life.tell(decided("2026-11-25")).until("2026-12-10")
    assert [it.facts["granted"] for it in life.messages("INC-12")] == [False]


def test_decisions_in_any_order_are_the_same_state() -> None:
    said = [decided("2026-11-24"), decided("2026-11-25", granted=False), decided("2026-11-26", None)]
    before, ends = proposed().journey, []
    for order in permutations((*said, said[0])):
        journey = before
        for fact in order:
            journey, _ = absorb(fact, journey)
        ends.append(journey)
    assert all(it == ends[0] for it in ends)


def test_the_decision_on_a_period_nothing_is_known_of_is_told_all_the_same() -> None:
    life = young().tell(decided("2026-11-18", period="2026-09")).until("2026-12-01")
    assert [it.facts["period_label"] for it in life.messages("INC-12")] == ["septembre 2026"]


def test_what_is_decided_is_neither_proposed_nor_asked_for_any_more() -> None:
    life = unpaid().tell(decided("2026-11-19"), paid("2026-11-20", PERIOD, "1000")).until("2026-12-01")
    assert life.tasks("INC-8") == []
    [thanks] = [it for it in life.messages("INC-7") if it.template == "incident_paid"]
    assert thanks.facts["remission"] == "none"
    life = young().tell(decided("2026-11-17 09:00"), detected(kind="dsn_technical")).until("2026-12-01")
    assert [it for it in published(life) if it[1] == "remission.requested"] == []
