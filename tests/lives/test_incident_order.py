"""Facts and requests about one period in any order: one end, and no word that the facts contradict."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.cases import Incident, IncidentStatus, Stage
from domain.effects import SendMessage
from domain.facts import Fact
from domain.rules.arrears import left_to_pay, status_of
from tests.domain.rules.happenings import due, instant, opened, paid
from tests.domain.rules.incident_life import (
    DUE_ON,
    PERIOD,
    ask_for_plan,
    cancelled,
    commitments,
    detected,
    incident,
    published,
    served,
    young,
)
from tests.domain.rules.life import MODEST, Life

CHASING = ("incident_opened", "incident_followup", "incident_last_call", "incident_handed_over")


def facts() -> list[Fact]:
    return [
        due("2026-11-06", PERIOD, DUE_ON, "1000"),
        detected("2026-11-18 09:00"),
        paid("2026-11-18 10:00", PERIOD, "400"),
        detected("2026-11-18 11:00", "600", kind="partial_payment"),
        paid("2026-11-18 12:00", PERIOD, "250"),
        served("2026-11-18 14:00", "2026-12-18"),
        served("2026-11-18 14:30", "2026-12-03", Stage.WRIT),
        cancelled("2026-11-18 15:00"),
        detected("2026-11-18 16:00", "350"),
        paid("2026-11-18 17:00", PERIOD, "350"),
    ]


def said(life: Life) -> tuple[object, ...]:
    it: Incident = incident(life)
    stages = tuple((step.stage, step.served_on) for step in it.served)
    left = left_to_pay(life.journey, it)
    return status_of(life.journey, it), it.kind, it.amount, it.opened_at, it.detected_at, left, stages


@MODEST
@given(st.permutations(facts()), st.data())
def test_in_whatever_order_and_however_often_the_state_ends_the_same(order: list[Fact], data: st.DataObject) -> None:
    kept = data.draw(st.integers(1, len(order)))
    repeated = data.draw(st.lists(st.sampled_from(order), max_size=4))
    told, again = young().until("2026-11-19"), young().until("2026-11-19")
    for fact in sorted(order[:kept], key=lambda it: it.at):
        told.absorb(fact)
    for fact in (*order[:kept], *(it for it in repeated if it in order[:kept])):
        again.absorb(fact)
    if told.journey.incidents:
        assert said(told) == said(again)


MOMENTS = st.integers(0, 60)


@MODEST
@given(st.dictionaries(st.sampled_from(["part", "rest", "cancel", "again", "correct", "plan", "notice"]), MOMENTS))
def test_no_word_contradicts_the_facts_of_its_second(days: dict[str, int]) -> None:
    life = Life(opened("2026-10-01")).tell(due("2026-11-06", PERIOD, DUE_ON, "1000"), detected("2026-11-18 09:00"))
    watched = Watched(life)
    for what, after in sorted(days.items(), key=lambda it: (it[1], it[0])):
        watched.do(what, f"{(instant('2026-11-18') + timedelta(days=after)).date()} 12:00")
    watched.until("2027-06-01")


class Watched:
    """Lives on wake by wake and looks at each word the moment it is decided."""

    def __init__(self, life: Life) -> None:
        self.life, self.seen = life, len(life.happened)

    def until(self, moment: str) -> None:
        while self.life.wake_at is not None and self.life.wake_at <= instant(moment):
            self.life.until(self.life.wake_at)
            self.look()
        self.life.until(moment)

    def do(self, what: str, at: str) -> None:
        self.until(at)
        if what == "plan":
            left = left_to_pay(self.life.journey, incident(self.life))
            day = (instant(at) + timedelta(days=30)).date().isoformat()
            ask_for_plan(self.life, at, (day, str(left)))
        else:
            self.life.tell(self._fact(what, at))
        self.look()

    def _fact(self, what: str, at: str) -> Fact:
        return {
            "part": lambda: paid(at, PERIOD, "400"),
            "rest": lambda: paid(at, PERIOD, "1000"),
            "cancel": lambda: cancelled(at),
            "again": lambda: detected(at, "500", kind="partial_payment"),
            "correct": lambda: due(at, PERIOD, DUE_ON, "800"),
            "notice": lambda: served(at, "2027-03-01"),
        }[what]()

    def look(self) -> None:
        new, self.seen = self.life.happened[self.seen :], len(self.life.happened)
        for it in new:
            if isinstance(it.effect, SendMessage) and it.effect.rule.startswith("INC"):
                self._check(it.effect)
        subjects = [(m.rule, m.subject) for m in self.life.messages()]
        assert len(subjects) == len(set(subjects))

    def _check(self, message: SendMessage) -> None:
        it = incident(self.life)
        status = status_of(self.life.journey, it)
        left = left_to_pay(self.life.journey, it)
        if message.template in CHASING:
            assert status in (IncidentStatus.OPEN, IncidentStatus.HANDED_OVER)
            assert left is None or left >= Decimal(10)
            assert message.template == "incident_opened" or not it.hold
        elif message.template == "incident_paid":
            assert status is IncidentStatus.PAID
        elif message.template == "incident_cancelled":
            assert status is IncidentStatus.CANCELLED


@MODEST
@given(st.lists(st.sampled_from(["plan", "pay", "cancel", "again"]), max_size=6))
def test_every_hold_is_released_before_the_next_and_at_the_end(moves: list[str]) -> None:
    life = Life(opened("2026-10-01")).tell(detected("2026-11-18 09:00"))
    watched = Watched(life)
    names = {"plan": "plan", "pay": "rest", "cancel": "cancel", "again": "again"}
    for number, move in enumerate(moves):
        watched.do(names[move], f"2026-11-{19 + number} 12:00")
    watched.do("cancel", "2027-05-01 12:00")
    turns = [kind for _, kind, _ in published(life)]
    assert turns.count("recovery.released") <= turns.count("recovery.held")
    assert incident(life).hold is None
    assert turns[-1:] in ([], ["recovery.released"])
    assert all(it.met_at or it.breached_at for it in commitments(life, "amicable_contact"))
