from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cases import PlanStatus
from domain.effects import Purpose, SendMessage
from domain.facts import Fact
from domain.messages import Outgoing, Recipient, objection
from domain.requests import Reply, Request
from domain.rules.instalments import instalments_due
from domain.state import Channel, CloseReason
from tests.domain.rules.happenings import due, ended, opened, paid
from tests.domain.rules.life import MODEST, Life
from tests.domain.rules.planning import (
    PERIOD,
    ask,
    cancelled,
    decide,
    firm,
    incident,
    plan,
    reply,
    running,
    told,
    worked,
)


def reminded(life: Life) -> list[tuple[str, str, Decimal]]:
    """Day, due date and amount of each instalment's reminder."""
    facts = [it.facts for it in life.messages("PLN-6")]
    return [(on, str(it["due_on"]), it["amount"]) for on, it in zip(life.days("PLN-6"), facts, strict=True)]


def left(life: Life) -> list[Decimal]:
    return [it.left for it in instalments_due(life.journey, plan(life))]


@pytest.mark.parametrize("accountant", [True, False])
def test_a_plan_kept_is_reminded_three_days_before_each_date_and_thanked_at_its_end(accountant: bool) -> None:
    life = running(accountant=accountant)
    life.tell(paid("2026-12-14", PERIOD, "300"), paid("2027-01-15", PERIOD, "300"), paid("2027-02-15", PERIOD, "300"))
    life.until("2027-04-01")
    assert reminded(life) == [
        ("2026-12-11", "2026-12-15", Decimal(300)),
        ("2027-01-12", "2027-01-15", Decimal(300)),
        ("2027-02-12", "2027-02-15", Decimal(300)),
    ]
    assert plan(life).status is PlanStatus.KEPT
    assert told(life)[-1] == ("2027-02-15 10:00", "plan_kept")
    assert all(it.copy_accountant and it.critical for it in life.messages("PLN"))


def test_payments_count_against_the_instalments_in_order_whatever_their_sums() -> None:
    life = running().tell(paid("2026-12-09", PERIOD, "450"))
    assert left(life) == [0, 150, 300]
    life.until("2027-01-20")
    assert reminded(life) == [("2027-01-12", "2027-01-15", Decimal(150))]


def test_a_payment_between_the_request_and_the_answer_counts() -> None:
    life = running()
    life.absorb(paid("2026-12-07 12:00", PERIOD, "300"))
    assert left(life) == [0, 300, 300]


def test_paying_all_at_once_ends_the_plan_with_thanks() -> None:
    life = running().tell(paid("2026-12-12 16:00", PERIOD, "900"))
    assert plan(life).status is PlanStatus.KEPT
    life.until("2027-04-01")
    assert told(life)[-1] == ("2026-12-14 08:30", "plan_kept")


def test_an_instalment_missed_three_working_days_breaks_the_plan() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"), paid("2027-01-15", PERIOD, "100"))
    life.until("2027-01-20 18:29")
    assert plan(life).status is PlanStatus.RUNNING
    life.until("2027-01-20 18:31")
    assert plan(life).status is PlanStatus.BROKEN
    assert worked(life)[-1] == ("2027-01-20 18:30", "referent")
    (broken,) = life.journey.incidents.values()
    assert (broken.kind, broken.amount, str(broken.due_on)) == ("unpaid", Decimal(500), "2026-12-15")


def test_a_payment_on_the_last_day_of_grace_keeps_the_plan() -> None:
    life = running().tell(paid("2026-12-18 17:00", PERIOD, "300")).until("2027-01-10")
    assert plan(life).status is PlanStatus.RUNNING


def test_an_instalment_on_a_sunday_is_payable_on_monday_and_the_grace_follows() -> None:
    life = running([("2026-12-20", "900")])
    life.until("2026-12-24 18:29")
    assert [on for on, _, _ in reminded(life)] == ["2026-12-17"]
    assert plan(life).status is PlanStatus.RUNNING
    assert plan(life.until("2026-12-24 18:31")).status is PlanStatus.BROKEN


def test_a_broken_plan_may_be_followed_by_another_on_what_is_left() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300")).until("2027-01-25")
    assert plan(life).status is PlanStatus.BROKEN
    assert ask(life, "2027-01-25", [("2027-02-15", "600")]).status == 201
    assert decide(life, "2027-01-26", "accept").status == 200


def test_an_amount_corrected_downward_shortens_the_plan() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"), due("2027-01-04", PERIOD, "2026-12-15", "500"))
    assert left(life) == [0, 200, 200]
    life.tell(paid("2027-01-15", PERIOD, "200")).until("2027-04-01")
    assert plan(life).status is PlanStatus.KEPT


def test_a_plan_whose_incident_is_cancelled_asks_for_nothing_more() -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    ask(life, "2026-12-18", [("2027-01-15", "900")])
    decide(life, "2026-12-21", "accept")
    life.tell(cancelled("2026-12-22")).until("2027-04-01")
    assert (plan(life).status, plan(life).withdrawn) == (PlanStatus.KEPT, "cancelled")
    assert told(life)[-1] == ("2026-12-21 10:00", "plan_accepted")


def test_a_plan_asked_before_any_incident_outlives_one_taken_back() -> None:
    life = running().tell(incident("2026-12-16", "900"), cancelled("2026-12-17"))
    assert plan(life).status is PlanStatus.RUNNING


def test_a_plan_goes_on_after_the_journey() -> None:
    life = running().tell(ended("2026-12-10", CloseReason.DECLINED)).until("2026-12-14")
    assert life.is_closed
    assert [on for on, _, _ in reminded(life)] == ["2026-12-11"]


def test_a_collective_procedure_stops_what_a_plan_asks() -> None:
    life = running().tell(ended("2026-12-10", CloseReason.PROCEDURE)).until("2027-03-01")
    assert (plan(life).status, plan(life).withdrawn) == (PlanStatus.BROKEN, "procedure")
    assert (reminded(life), life.journey.incidents) == ([], {})
    assert ask(life, "2027-03-02", [("2027-04-15", "900")]).status == 409


def test_a_stop_over_a_reminder_becomes_a_call() -> None:
    life = running().tell(paid("2026-12-15", PERIOD, "300"))
    life.oversleep("2027-01-08", "2027-01-18")
    assert reminded(life)[1:] == []
    assert [it.task for it in life.tasks("PLN-6")] == ["call"]


def leaving(effect: SendMessage) -> Outgoing:
    facts = {name: str(it) if isinstance(it, Decimal) else it for name, it in effect.facts.items()}
    return Outgoing(effect.template, Purpose.CASE, Channel.MAIL, Recipient.ENTERPRISE, facts, effect.valid_until)


def test_a_reminder_does_not_leave_once_its_instalment_is_paid_or_its_sum_changed() -> None:
    life = running().until("2026-12-12")
    message = leaving(life.messages("PLN-6")[0])
    assert objection(message, life.journey, life.now) is None
    life.tell(paid("2026-12-12 11:00", PERIOD, "100"))
    assert objection(message, life.journey, life.now) == "versement reçu entre-temps"
    life.tell(paid("2026-12-12 12:00", PERIOD, "200"))
    assert objection(message, life.journey, life.now) == "échéance payée entre-temps"
    life.tell(paid("2026-12-12 13:00", PERIOD, "600"))
    assert objection(message, life.journey, life.now) == "le délai de paiement est terminé"


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
