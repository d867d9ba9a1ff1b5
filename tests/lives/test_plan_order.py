"""PLN: whatever happens to a plan in whatever order, no message contradicts it."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cases import PlanStatus
from domain.effects import SendMessage
from domain.facts import Fact
from domain.messages import objection
from domain.requests import Reply, Request
from tests.domain.rules.happenings import due, opened, paid
from tests.domain.rules.life import MODEST, Life
from tests.domain.rules.planning import (
    PERIOD,
    ask,
    cancelled,
    decide,
    incident,
    leaving,
    left,
    plan,
    reply,
    running,
)


class HonestLife(Life):
    """A life in which what was just decided to be said is true of what is known after the step."""

    def take_step(self, *requests: Request) -> dict[str, Reply]:
        before = len(getattr(self, "happened", []))
        replies = super().take_step(*requests)
        for it in self.happened[before:]:
            if isinstance(it.effect, SendMessage) and it.effect.rule.startswith("PLN"):
                assert objection(leaving(it.effect), self.journey, self.now) is None
        return replies


RECEIVED = "2026-12-21 11:00"
FACTS = [
    paid("2026-12-14", PERIOD, "300"),
    paid("2026-12-16", PERIOD, "250"),
    due("2026-12-17", PERIOD, "2026-12-15", "850"),
    due("2026-12-10", PERIOD, "2026-12-15", "950"),
    incident("2026-12-18", "600"),
    incident("2026-12-19", "550", "partial_payment"),
]
LATE = [("2026-12-28", "300"), ("2027-01-28", "600")]


@MODEST
@given(st.permutations(FACTS))
def test_in_any_order_the_same_facts_leave_the_same_plan(facts: list[Fact]) -> None:
    life = running(LATE).until(RECEIVED)
    for fact in facts:
        life.absorb(fact)
    life.until("2026-12-22")
    assert plan(life).status is PlanStatus.RUNNING
    assert left(life) == [0, 300]


OPENING = opened("2026-11-02")
DUE = due("2026-12-02", PERIOD, "2026-12-15", "900")


def plans(life: Life) -> bool:
    return bool(life.journey.plans)


Act = Callable[[Life, str], object]
ACTS: dict[str, Act] = {
    "ask": lambda life, at: ask(life, at, [("2027-01-15", "400"), ("2027-02-15", "500")]),
    "ask for the rest": lambda life, at: ask(life, at, [("2027-01-15", "700")]),
    "accept": lambda life, at: plans(life) and decide(life, at, "accept"),
    "counter": lambda life, at: plans(life) and decide(life, at, "counter", [("2027-01-18", "900")]),
    "refuse": lambda life, at: plans(life) and decide(life, at, "refuse"),
    "agree": lambda life, at: plans(life) and reply(life, at, accepted=True),
    "part": lambda life, at: life.tell(paid(at, PERIOD, "200")),
    "all": lambda life, at: life.tell(paid(at, PERIOD, "900")),
    "incident": lambda life, at: life.tell(incident(at, "900")),
    "cancel": lambda life, at: life.tell(cancelled(at)),
    "correct": lambda life, at: life.tell(due(at, PERIOD, "2026-12-15", "700")),
    "sleep": lambda life, at: life,
}


@settings(MODEST, max_examples=60)
@given(st.lists(st.sampled_from(sorted(ACTS)), min_size=3, max_size=8))
def test_whatever_happens_in_whatever_order_no_message_contradicts_it(names: list[str]) -> None:
    life = HonestLife(OPENING).tell(DUE)
    for number, name in enumerate(names):
        ACTS[name](life, f"2026-12-{7 + 2 * number:02} 11:00")
    life.until("2027-03-31")
    assert not [it for it in life.journey.plans.values() if it.status in (PlanStatus.RUNNING, PlanStatus.COUNTERED)]
    for it in life.journey.plans.values():
        clock = life.journey.commitments[f"plan_answer:{it.id}"]
        assert (clock.met_at is None) is (it.decided_at is None)
